"""What the demo does to the tables of its database while the lake follows them."""

from dataclasses import dataclass

import duckdb
from tidelake.local.psql import PostgresLogin

from .source_tables import DATABASE, SCHEMA


@dataclass(frozen=True, slots=True)
class Change:
    """One transaction. `sql`: statements that PostgreSQL and DuckDB understand alike."""

    told: str
    sql: str
    committed: bool = True


CHANGES = (
    Change(
        "planes: the maker AIRBUS INDUSTRIE is written AIRBUS, as of the other planes",
        "update planes set manufacturer = 'AIRBUS' where manufacturer = 'AIRBUS INDUSTRIE'",
    ),
    Change("planes: those built before 1970 are deleted", "delete from planes where year < 1970"),
    Change(
        "airlines: MQ has another name, and a new airline is there",
        "update airlines set name = 'American Eagle' where carrier = 'MQ'; "
        "insert into airlines (carrier, name) values ('ZZ', 'Tidelake Air')",
    ),
    Change(
        "planes: all are deleted, and the transaction is rolled back", "delete from planes", committed=False
    ),
    Change(
        "planes: N328AA is registered anew, so its key changes",
        "update planes set tailnum = 'N328TL' where tailnum = 'N328AA'",
    ),
    Change(
        "airports: a column is added, and some rows have it",
        "alter table airports add column if not exists note text; "
        "update airports set note = 'hub', alt = alt + 1 where faa in ('ATL', 'DFW', 'ORD')",
    ),
)


def make_change(change: Change, postgres: PostgresLogin) -> None:
    """Raises QueryFailed."""
    end = "" if change.committed else "rollback;\n"
    postgres.tell(DATABASE, f"set local search_path = {SCHEMA};\n{change.sql};\n{end}")


def make_changes(connection: duckdb.DuckDBPyConnection) -> None:
    """What is committed, in the tables of this connection."""
    for change in CHANGES:
        if change.committed:
            connection.execute(change.sql)
