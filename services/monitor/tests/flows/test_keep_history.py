"""Each table gets the rows of a span once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from monitor.core.freshness import TO_BRONZE, Freshness, Hop, Waiting
from monitor.core.ledger import Fault, LedgerCount
from monitor.core.lines import LineCount, LinesPicture
from monitor.core.picture import DatasetPicture, Picture, Rates
from monitor.core.usage import ProcessUsage
from monitor.flows.keep_history import HistoryKeeper, freshness_rows, ledger_rows, process_rows
from monitor.outbound.ops_tables import FRESHNESS_SCHEMA, LEDGER_SCHEMA, PROCESS_SCHEMA
from tidelake.tables.bronze_table import CommitFailed
from tidelake.tables.positions import Source

NOW = datetime(2026, 1, 1, 12, 0, 5, 123456, tzinfo=UTC)
GAP = Fault("missing", 1, ((Source("abc", 2), 77),))


class Table:
    """Keeps the spans of its commits."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.spans: list[int] = []
        self.fails = False

    def append(self, rows: Sequence[dict[str, Any]], span: int) -> bool:
        if self.fails:
            raise CommitFailed(self.path, "away")
        self.spans.append(span)
        return True


def picture(second: int) -> Picture:
    at = NOW + timedelta(seconds=second)
    fresh = Freshness(5.0, (Hop(TO_BRONZE, None, "nothing"),), Waiting())
    count = LedgerCount(at, 3, 2, 1, 10, 8, {"duplicate": 1}, 0, 0, (GAP,))
    one = DatasetPicture(
        "flights", "flights", 1, "", "ops", "api", 5.0, fresh, count, None, Rates(), (), None, ""
    )
    return Picture(at, (one,), (ProcessUsage("s", "i", "e", True, "", None, 5),), ())


def test_a_span_is_committed_once_and_a_failure_of_one_table_is_no_other_s() -> None:
    tables = [Table(name) for name in ("a", "b", "c")]
    keeper = HistoryKeeper(tables[0], tables[1], tables[2], timedelta(seconds=60))
    tables[0].fails = True
    with pytest.raises(CommitFailed):
        keeper.step(picture(0))
    tables[0].fails = False
    for second in (1, 30, 54, 55, 80):
        keeper.step(picture(second))
    assert all(len(table.spans) == 2 for table in tables)
    assert tables[0].spans == tables[1].spans == [tables[0].spans[0], tables[0].spans[0] + 1]


def test_rows_fit_their_tables_and_have_whole_milliseconds() -> None:
    shown = picture(0)
    for rows, schema in (
        (freshness_rows(shown), FRESHNESS_SCHEMA),
        (ledger_rows(shown), LEDGER_SCHEMA),
        (process_rows(shown), PROCESS_SCHEMA),
    ):
        (row,) = pa.Table.from_pylist(list(rows), schema).to_pylist()
        assert set(row) == set(rows[0]) == set(schema.names)
        assert row["at"].microsecond == 123000
    assert ledger_rows(shown)[0]["examples"] == ["missing abc/2/77"]


def test_the_log_lines_have_a_row_of_the_ledger_too() -> None:
    lost = ((Source("lines", 1), 5),)
    count = LineCount(NOW, ("ops",), True, 1, lost, 2, 10, 4, {"no stream": 2, "too large": 1})
    shown = replace(picture(0), lines=LinesPicture(count))
    lines, flights = pa.Table.from_pylist(list(ledger_rows(shown)), LEDGER_SCHEMA).to_pylist()
    assert (lines["address"], flights["address"]) == ("logs.inbound", "flights")
    assert set(ledger_rows(shown)[0]) == set(LEDGER_SCHEMA.names)
    assert lines["at"].microsecond == lines["counted_at"].microsecond == 123000
    assert dict(lines["outcomes"]) == {
        "routed": 6,
        "dead letter: no stream": 2,
        "dead letter: too large": 1,
    }
    assert (lines["waiting"], lines["balanced"], lines["bronze_rows"]) == (4, False, None)
    assert dict(lines["faults"]) == {"missing": 1, "deleted_unread": 2}
    assert lines["examples"] == ["missing lines/1/5"]
