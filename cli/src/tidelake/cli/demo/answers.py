"""Answers the demo's questions from bronze with an ordinary Delta reader, and from the CSV files."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from .csv_tables import make_csv_tables
from .flights import TEXT
from .own_flights import COLUMNS, own_flights, read_columns
from .questions import QUESTIONS, Question


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows that answer one question, in the order that the question asks for."""

    question: Question
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def answers_from_bronze(
    uri: str, storage_options: Mapping[str, str], months: Collection[int]
) -> list[Answer]:
    """Read the Delta table itself, and of it the events whose ids are those of the months' flights.

    Bronze holds repeats, so of each event id (the Kafka key) the row that came first counts.
    """
    shape = ", ".join(f'"{column}": "{"VARCHAR" if column in TEXT else "BIGINT"}"' for column in COLUMNS)
    with own_flights(months) as connection:
        rows = read_columns(uri, storage_options, ["key", "value", "written_at", "offset"])
        connection.register("bronze", rows)
        connection.sql(
            f"""
            create view flights as
            select flight.* from (
                select json_transform(decode(first_value), '{{{shape}}}') as flight from (
                    select arg_min(value, row(written_at, "offset")) as first_value
                    from bronze semi join own on key = id where json_valid(try(decode(value))) group by key
                )
            )
            """
        )
        return list(_ask(connection, QUESTIONS))


def answers_from_csv(
    months: Collection[int],
    questions: Sequence[Question] = QUESTIONS,
    ids: Collection[str] | None = None,
    *,
    changed: bool = True,
) -> list[Answer]:
    """The same questions put to the files as they came, or to the flights in them that have those event ids.

    `changed`: to airlines, airports and planes as the demo's changes leave them.
    """
    with own_flights(months) as connection:
        if any(question.reads != ("flights",) for question in questions):
            make_csv_tables(connection, changed=changed)
        if ids is None:
            connection.sql("create view flights as select * from own")
        else:
            connection.register("wanted", pa.table({"id": pa.array(ids, pa.string())}))
            held = "select own.* from own semi join wanted on decode(own.id) = wanted.id"
            connection.sql(f"create view flights as {held}")
        return list(_ask(connection, questions))


def _ask(connection: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> Iterator[Answer]:
    for question in questions:
        found = connection.sql(question.sql)
        yield Answer(question, tuple(found.columns), tuple(found.fetchall()))
