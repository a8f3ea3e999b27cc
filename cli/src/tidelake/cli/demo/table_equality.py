"""Whether silver's tables are the database's, row for row and value for value."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from pyarrow import csv
from tidelake.contracts.contract import Contract
from tidelake.local.psql import PostgresLogin
from tidelake.tables.storage import LakeStorage

from .catch_up import Reach, together
from .own_flights import columns_of
from .source_tables import DATABASE, SCHEMA, TABLES, SourceTableSpec

_NULL = "\\N"


@dataclass(frozen=True, slots=True)
class SourceTables:
    """The demo's tables in the database, and what silver makes of them."""

    postgres: PostgresLogin
    storage: LakeStorage
    contracts: Sequence[Contract]

    def reach(self) -> Reach:
        """How many rows are the same, of all that either has. Raises QueryFailed, deltalake's
        TableNotFoundError."""
        by_dataset = {contract.dataset: contract for contract in self.contracts}
        return together(self._same(table, by_dataset[table.name]) for table in TABLES)

    def _same(self, table: SourceTableSpec, contract: Contract) -> Reach:
        options = self.storage.delta_options()
        silver = columns_of(
            DeltaTable(self.storage.uri(contract.silver_path), storage_options=options),
            [*table.names, "lake_is_deleted"],
        )
        rows = f"select {table.loaded} from {SCHEMA}.{table.name}"
        copied = self.postgres.ask(DATABASE, f"copy ({rows}) to stdout (format csv, null '{_NULL}')")
        return same_rows(table, silver, "\n".join(copied))


def same_rows(table: SourceTableSpec, silver: pa.Table, source: str) -> Reach:
    """`source`: CSV without a header, nulls as \\N."""
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(table.names, pa.string()),
        null_values=[_NULL],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    read = csv.ReadOptions(column_names=table.names)
    with duckdb.connect() as connection:
        for side in ("ours", "theirs"):
            connection.execute(f"create table {side} ({table.types})")
        connection.register("silver", silver)
        connection.register("source", csv.read_csv(BytesIO(source.encode()), read, convert_options=options))
        connection.execute(f"insert into ours select {table.loaded} from silver where not lake_is_deleted")
        connection.execute("insert into theirs select * from source")
        [found] = connection.sql(
            "select (select count(*) from (select * from ours intersect select * from theirs)), "
            "(select count(*) from (select * from ours union select * from theirs))"
        ).fetchall()
    return Reach(*found)
