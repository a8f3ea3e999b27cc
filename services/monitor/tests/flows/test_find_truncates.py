"""A truncate is found among all other outcomes, and each of those is read once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from monitor.core.truncates import Truncate
from monitor.flows.find_truncates import TruncateSearch
from monitor.on_tables import OUTCOMES_SCHEMA
from tidelake.contracts.contract import Contract, SourceTable
from tidelake.contracts.loading import parse_contract
from tidelake.tables.errors import FilesMissing

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[4]
HOUR = timedelta(hours=1)

Outcome = tuple[int, str, str, float]  # offset, outcome, rule, processed so many seconds before NOW


@pytest.fixture
def planes() -> Contract:
    flights = parse_contract((ROOT / "datasets/flights.odcs.yaml").read_text(), "flights.odcs.yaml")
    return replace(flights, table=SourceTable("airports", "app", "planes"))


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def commit(place: Path, rows: Sequence[Outcome]) -> DeltaTable:
    """One more file of outcomes; bronze committed each a second before silver decided it."""
    made = [
        {
            "partition": 0,
            "offset": offset,
            "outcome": outcome,
            "reasons": [{"field": "", "rule": rule}] if rule else [],
            "written_at": ago(seconds + 1),
            "processed_at": ago(seconds),
        }
        for offset, outcome, rule, seconds in rows
    ]
    write_deltalake(str(place), pa.Table.from_pylist(made, OUTCOMES_SCHEMA), mode="append")
    return DeltaTable(str(place))


def offset_of(found: Truncate | None) -> int | None:
    return found.offset if found else None


def test_the_newest_truncate_of_the_last_day_is_found(planes: Contract, tmp_path: Path) -> None:
    others = commit(
        tmp_path,
        [
            (0, "ignored", "truncate", 8999),
            (1, "ignored", "truncate", 59),
            (2, "ignored", "tombstone", 4),
            (3, "quarantined", "truncate", 4),
            (4, "ignored", "", 4),
        ],
    )
    search = TruncateSearch()
    assert search.newest(replace(planes, table=None), others, NOW) is None, "it follows no table"
    found = search.newest(planes, others, NOW)
    assert found == Truncate("airports.app.planes", ago(60), 0, 1)
    assert search.newest(planes, others, NOW + timedelta(days=2)) is None


def test_one_that_was_found_is_told_for_a_day_whatever_else_comes(planes: Contract, tmp_path: Path) -> None:
    search = TruncateSearch()
    assert offset_of(search.newest(planes, commit(tmp_path, [(1, "ignored", "truncate", 59)]), NOW)) == 1
    later = commit(tmp_path, [(2, "updated", "", -1800)])
    for hours, offset in ((0.5, 1), (0.9, 1), (23.9, 1), (24, None)):
        assert offset_of(search.newest(planes, later, NOW + hours * HOUR)) == offset
    again = commit(tmp_path, [(3, "ignored", "truncate", -86400)])
    assert offset_of(search.newest(planes, again, NOW + 24.1 * HOUR)) == 3


def test_one_is_found_in_a_file_that_deltalake_wrote_anew(planes: Contract, tmp_path: Path) -> None:
    rows: list[Outcome] = [(nth, "updated", "", 60) for nth in range(9)]
    others = commit(tmp_path, [*rows, (9, "ignored", "truncate", 60)])
    others.delete('"offset" = 3')
    assert offset_of(TruncateSearch().newest(planes, others, NOW)) == 9


def test_outcomes_that_were_looked_at_are_not_read_again_before_an_hour(
    planes: Contract, tmp_path: Path
) -> None:
    search = TruncateSearch()
    commit(tmp_path, [(0, "updated", "", 1800), (1, "ignored", "truncate", 1800)])
    (old,) = tmp_path.glob("*.parquet")
    newer = commit(tmp_path, [(2, "updated", "", 1)])
    assert offset_of(search.newest(planes, newer, NOW)) == 1
    old.unlink()  # whoever reads it now fails
    late = commit(tmp_path, [(3, "ignored", "truncate", 500)])
    assert offset_of(search.newest(planes, late, NOW + timedelta(seconds=30))) == 3, "committed late"
    with pytest.raises(FilesMissing):
        search.newest(planes, late, NOW + HOUR)


def test_what_is_no_marker_becomes_no_object(planes: Contract, tmp_path: Path) -> None:
    commit(tmp_path, [(0, "ignored", "truncate", 60)])
    one: dict[str, Any] = {"partition": 0, "offset": 1, "outcome": "updated", "reasons": []}
    made: Any = pa.Table.from_pylist([one], OUTCOMES_SCHEMA)
    schema: Any = OUTCOMES_SCHEMA
    # Times of the year 10000, of which Python can make no object.
    beyond: Any = pa.array([253_402_300_800_000_000])
    for name in ("written_at", "processed_at"):
        field = schema.field(name)
        made = made.set_column(schema.get_field_index(name), field, beyond.cast(field.type))
    write_deltalake(str(tmp_path), made, mode="append")
    assert offset_of(TruncateSearch().newest(planes, DeltaTable(str(tmp_path)), NOW)) == 0
    with pytest.raises(OverflowError):
        made.to_pylist()
