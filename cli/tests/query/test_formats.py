"""Answers as they are written."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import orjson
import pyarrow as pa
import pytest
from pyarrow import parquet
from tidelake.cli.query.formats import Format, write

ANSWER = pa.table(
    {
        "carrier": ["UA", 'D"L', None],
        "flights": [4637, 1, None],
        "paid": pa.array([Decimal("12.30"), None, Decimal("0.00")], pa.decimal128(12, 2)),
        "at": pa.array([datetime(2026, 1, 1, tzinfo=UTC), None, None], pa.timestamp("us", "UTC")),
        "day": [date(2026, 1, 1), None, None],
        "raw": [b"\xff", None, None],
        "parts": [[{"a": 1}], None, []],
    }
)


def written(form: Format, tmp_path: Path) -> bytes:
    write(ANSWER, form, tmp_path / "answer")
    assert list(tmp_path.iterdir()) == [tmp_path / "answer"], "no draft is left"
    return (tmp_path / "answer").read_bytes()


def test_csv_has_a_header_and_leaves_nothing_empty(tmp_path: Path) -> None:
    assert written(Format.CSV, tmp_path).decode().split("\r\n") == [
        "carrier,flights,paid,at,day,raw,parts",
        'UA,4637,12.30,2026-01-01T00:00:00Z,2026-01-01,/w==,"[{""a"":1}]"',
        '"D""L",1,,,,,',
        ",,0.00,,,,[]",
        "",
    ]


def test_json_is_one_object_a_line(tmp_path: Path) -> None:
    first, _, last = (orjson.loads(line) for line in written(Format.JSON, tmp_path).splitlines())
    assert first == {
        "carrier": "UA",
        "flights": 4637,
        "paid": "12.30",
        "at": "2026-01-01T00:00:00Z",
        "day": "2026-01-01",
        "raw": "/w==",
        "parts": [{"a": 1}],
    }
    assert (last["carrier"], last["paid"]) == (None, "0.00")


def test_parquet_keeps_every_type(tmp_path: Path) -> None:
    written(Format.PARQUET, tmp_path)
    assert cast("Any", parquet).read_table(tmp_path / "answer").equals(ANSWER)


def test_a_table_has_its_numbers_on_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    write(ANSWER.select(["carrier", "flights"]), Format.TABLE, None)
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    assert rows == ["│ UA      │   4,637 │", '│ D"L     │       1 │', "│ -       │       - │"]


def test_a_file_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        write(ANSWER, Format.CSV, tmp_path / "nowhere" / "answer")
