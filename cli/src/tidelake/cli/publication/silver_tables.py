"""Tables of silver-processor, as far as one must look at them to know that it has taken a contract up."""

from deltalake import DeltaTable
from tidelake.tables.refusals import store_errors
from tidelake.tables.storage import LakeStorage


def columns_of(storage: LakeStorage, path: str) -> frozenset[str]:
    """Names of the table's columns, in small letters: SQL knows no others. Raises TableMissing,
    StoreUnavailable, StoreRefused."""
    with store_errors("open", path):
        table = DeltaTable(storage.uri(path), storage_options=storage.delta_options())
        return frozenset(field.name.lower() for field in table.schema().fields)
