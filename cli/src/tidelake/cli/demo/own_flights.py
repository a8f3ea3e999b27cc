"""The demo's own flights, as the CSV file names them, told from whatever else anybody sent into the lake."""

import zipfile
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from pyarrow import csv

from .flights import MONTHS, TEXT, flights_csv_zip
from .traffic import FIRST_MADE_UP

COLUMNS = (
    *("year", "month", "day"),
    *("dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay"),
    *("carrier", "flight", "tailnum", "origin", "dest"),
    *("air_time", "distance", "hour", "minute", "time_hour"),
)
EXAMPLES = 3
# As the contract's id fields make it, for values that need no escapes: ["2013-01-01T10:00:00Z","UA",1545].
_EVENT_ID = """('["' || time_hour || '","' || carrier || '",' || flight || ']')::blob"""


@dataclass(frozen=True, slots=True)
class Foreign:
    """Events in bronze that the demo never sent."""

    events: int  # each event id once, and each row without one
    examples: tuple[str, ...]  # a few of their ids, ascending


@contextmanager
def own_flights(months: Collection[int] = MONTHS) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection with the view `own`: the CSV file's flights of those months, and their Kafka key `id`."""
    with duckdb.connect() as connection:
        connection.register("csv", _csv_file())
        chosen = ", ".join(str(month) for month in sorted(months))
        connection.sql(f"create view own as select *, {_EVENT_ID} as id from csv where month in ({chosen})")
        yield connection


def flights_per_month() -> dict[int, int]:
    """How many flights each month has."""
    with own_flights() as connection:
        return dict(connection.sql("select month, count(*) from own group by month").fetchall())


def flights_by_month(uri: str, storage_options: Mapping[str, str]) -> dict[int, int]:
    """The demo's own flights in bronze, each once, by month. Raises deltalake's TableNotFoundError."""
    with own_flights() as connection:
        connection.register("bronze", read_columns(uri, storage_options, ["key"]))
        found = "select month, count(*) from own where id in (select key from bronze) group by month"
        return dict(connection.sql(found).fetchall())


def foreign_events(uri: str, storage_options: Mapping[str, str]) -> Foreign:
    """What somebody else sent: neither a flight nor made up by the demo. Raises deltalake's
    TableNotFoundError."""
    with own_flights() as connection:
        connection.register("bronze", read_columns(uri, storage_options, ["key"]))
        made_up = f"try(json_extract(decode(key), '$[2]')::bigint) >= {FIRST_MADE_UP}"
        connection.sql(
            "create view others as select key from bronze anti join own on key = id "
            f"where not coalesce({made_up}, false)"
        )
        counted = "select count(distinct key) + count(*) - count(key) from others"
        events: int = connection.sql(counted).fetchall()[0][0]
        named = f"select distinct key from others where key is not null order by key limit {EXAMPLES}"
        keys: list[tuple[bytes]] = connection.sql(named).fetchall()
    return Foreign(events, tuple(key.decode(errors="replace") for (key,) in keys))


def read_columns(uri: str, storage_options: Mapping[str, str], columns: list[str]) -> pa.Table:
    """Those columns of the newest version of a Delta table, read as any user would."""
    return columns_of(DeltaTable(uri, storage_options=dict(storage_options)), columns)


def columns_of(table: DeltaTable, columns: list[str]) -> pa.Table:
    """Those columns of the version that is open."""
    return cast("Any", table).to_pyarrow_table(columns=columns)


@cache
def _csv_file() -> pa.Table:
    types = {column: pa.string() if column in TEXT else pa.int64() for column in COLUMNS}
    options = csv.ConvertOptions(column_types=types, null_values=["NA"], strings_can_be_null=True)
    with zipfile.ZipFile(flights_csv_zip()) as archive, archive.open("flights.csv") as file:
        return csv.read_csv(file, convert_options=options)
