"""Rows over runs."""

import json
from pathlib import Path

from tidelake.bench.rows import Row, row, write_rows


def test_a_row_is_the_median_of_its_runs_with_their_spread() -> None:
    found = row("ack p99", "ms", [12.0, 9.0, 30.0])

    assert found == Row(measure="ack p99", unit="ms", ours=12.0, runs=3, spread=21.0)


def test_the_ratio_is_that_of_the_medians() -> None:
    found = row("rate", "records", [50.0, 40.0, 60.0], "bare", [100.0, 90.0, 500.0])

    assert (found.ours, found.peer, found.peer_value, found.ratio) == (50.0, "bare", 100.0, 0.5)


def test_a_peer_that_scored_nothing_has_no_ratio() -> None:
    assert row("rate", "records", [1.0], "bare", [0.0]).ratio is None


def test_rows_are_written_as_an_array_with_every_column(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"

    write_rows(file, [row("rate", "records", [1.0]), row("size", "MB", [2.0], "bare", [4.0])])

    first, second = json.loads(file.read_text())
    assert first == {
        "measure": "rate",
        "unit": "records",
        "ours": 1.0,
        "peer": None,
        "peer_value": None,
        "ratio": None,
        "runs": 1,
        "spread": 0.0,
    }
    assert (second["peer"], second["peer_value"], second["ratio"]) == ("bare", 4.0, 0.5)
