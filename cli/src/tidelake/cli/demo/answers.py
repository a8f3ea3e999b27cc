"""Answers the demo's questions from bronze with an ordinary Delta reader, and from the CSV file."""

import zipfile
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from deltalake import DeltaTable

from .flights import TEXT, flights_csv_zip
from .questions import QUESTIONS, Question

COLUMNS = (
    *("year", "month", "day"),
    *("dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay"),
    *("carrier", "flight", "tailnum", "origin", "dest"),
    *("air_time", "distance", "hour", "minute", "time_hour"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows that answer one question, in the order that the question asks for."""

    question: Question
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def _ask(connection: duckdb.DuckDBPyConnection) -> Iterator[Answer]:
    for question in QUESTIONS:
        found = connection.sql(question.sql)
        yield Answer(question, tuple(found.columns), tuple(found.fetchall()))


def answers_from_bronze(
    uri: str, storage_options: Mapping[str, str], months: Collection[int]
) -> list[Answer]:
    """Read the Delta table itself. Bronze holds repeats, so each event id (the Kafka key) counts once."""
    table = DeltaTable(uri, storage_options=dict(storage_options))
    rows: Any = table.to_pyarrow_table(columns=["key", "value"])  # pyright: ignore[reportUnknownMemberType]
    shape = ", ".join(f'"{column}": "{"VARCHAR" if column in TEXT else "BIGINT"}"' for column in COLUMNS)
    with duckdb.connect() as connection:
        connection.register("bronze", rows)
        connection.sql(
            f"""
            create view flights as
            select flight.* from (
                select any_value(json_transform(decode(value), '{{{shape}}}')) as flight
                from bronze where json_valid(try(decode(value))) group by key
            ) where flight.month in ({_list(months)})
            """
        )
        return list(_ask(connection))


def answers_from_csv(months: Collection[int]) -> list[Answer]:
    """The same questions put to the file as it came."""
    with _unpacked() as csv, duckdb.connect() as connection:
        types = ", ".join(f"'{column}': '{'VARCHAR' if column in TEXT else 'BIGINT'}'" for column in COLUMNS)
        connection.sql(
            f"create view flights as select * from read_csv('{csv}', nullstr='NA', columns={{{types}}}) "
            f"where month in ({_list(months)})"
        )
        return list(_ask(connection))


def _list(months: Collection[int]) -> str:
    return ", ".join(str(month) for month in sorted(months))


@contextmanager
def _unpacked() -> Generator[Path]:
    with (
        TemporaryDirectory(prefix="tidelake-flights-") as folder,
        zipfile.ZipFile(flights_csv_zip()) as archive,
    ):
        yield Path(archive.extract("flights.csv", folder))
