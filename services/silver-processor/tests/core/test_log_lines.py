"""What Spark reads in log lines is what Python reads in them by the same pattern."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row
from silver_processor.core.judging import Judge
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.types import STRING, TIMESTAMP

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer]

WEATHER = Path(__file__).parents[4] / "datasets/weather.odcs.yaml"
_LINE = "2013-01-01T{hour:02}:00:00Z {origin} temp={temp} dewp=- humid=59.37 wind_dir={wind_dir} "
_REST = "wind_speed=10.357019999999999 wind_gust={gust} precip=0 pressure={pressure} visib=10"


def line(hour: int, **said: object) -> bytes:
    values = {"origin": "EWR", "temp": "39.02", "wind_dir": 270, "gust": "-", "pressure": 1012, **said}
    return (_LINE + _REST).format(hour=hour, **values).encode()


SOUND = [
    line(0),
    line(1, gust="", temp="-0.5"),
    line(2, pressure="1e3", wind_dir="-"),
    line(3, origin="LGA", temp="100", gust="20.714039999999997"),
]
BROKEN: Sequence[tuple[bytes, tuple[str, str, str]]] = [
    (b"", ("", "pattern", "")),
    (line(4)[:-8], ("", "pattern", line(4)[:-8].decode()[:80] + f"… ({len(line(4)) - 8} characters)")),
    (line(5) + b" ", ("", "pattern", line(5).decode()[:80] + f"… ({len(line(5)) + 1} characters)")),
    (b"\xff" + line(6), ("", "encoding", "bytes of another encoding")),
    (line(7, temp="warm"), ("temp", "type", '"warm"')),
    (line(8, temp="+5"), ("temp", "type", '"+5"')),
    (line(9, wind_dir="270.5"), ("wind_dir", "type", "270.5")),
    (line(10, origin="-"), ("origin", "required", "nothing")),
    (line(11, origin='B"S'), ("origin", "origin_is_observed", '"B\\"S"')),
    (line(12).replace(b"T12", b"T24"), ("time_hour", "format", '"2013-01-01T24:00:00Z"')),
]


def read_by_python(contract: Contract, text: str) -> Mapping[str, Any]:
    """The same by another engine: the named groups, each as JSON would have it."""
    assert contract.log is not None
    match = re.fullmatch(contract.log.pattern.java.removeprefix("\\A").removesuffix("\\z"), text)
    assert match is not None
    values: dict[str, Any] = {}
    for field in contract.fields:
        said = match[contract.log.pattern.groups[field.name]]
        textual = field.type in (STRING, TIMESTAMP)
        values[field.name] = None if said in ("", "-") else said if textual else json.loads(said)
    return values


def told(row: Row) -> Mapping[str, Any]:
    record = row["record"].asDict()
    when = record["time_hour"].replace(tzinfo=UTC)
    return {**record, "time_hour": when.isoformat().replace("+00:00", "Z")}


@pytest.fixture(scope="module")
def weather() -> Contract:
    return parse_contract(WEATHER.read_text(), "weather")


@pytest.fixture(scope="module")
def judged(bronze_of: Any, weather: Contract) -> Sequence[Row]:
    rows = bronze_of([*SOUND, *(raw for raw, _ in BROKEN), None])
    return sorted(Judge(weather).judge(rows).collect(), key=lambda row: row["offset"])


def test_a_sound_line_is_read_as_python_reads_it(weather: Contract, judged: Sequence[Row]) -> None:
    for raw, row in zip(SOUND, judged, strict=False):
        assert row["broken"] == []
        assert told(row) == read_by_python(weather, raw.decode())
    assert judged[3]["event_id"] == '["LGA","2013-01-01T03:00:00Z"]'


def test_a_broken_line_is_told_by_the_rule_that_it_breaks(judged: Sequence[Row]) -> None:
    for (raw, (field, rule, value)), row in zip(BROKEN, judged[len(SOUND) :], strict=False):
        first = row["broken"][0]
        assert (first["field"], first["rule"], first["value"]) == (field, rule, value), raw
        assert row["record"] is None
        assert not row["ignored"]


def test_no_line_at_all_is_ignored(judged: Sequence[Row]) -> None:
    assert judged[-1]["ignored"]
    assert judged[-1]["broken"] == []
