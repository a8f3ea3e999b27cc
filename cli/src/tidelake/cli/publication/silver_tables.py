"""Tables of silver-processor, as far as one must look at them to know that it has taken a contract up."""

from tidelake.tables.delta_creation import open_table
from tidelake.tables.refusals import store_errors
from tidelake.tables.storage import LakeStorage


def columns_of(storage: LakeStorage, path: str) -> frozenset[str]:
    """Names of the table's columns, in small letters: SQL knows no others. Raises TableMissing,
    LogUnreadable, StoreUnavailable, StoreRefused."""
    table = open_table(storage, path)
    with store_errors("read the columns of", path):
        return frozenset(field.name.lower() for field in table.schema().fields)
