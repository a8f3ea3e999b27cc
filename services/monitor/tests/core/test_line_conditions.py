"""What is told of log lines has numbers, positions, and what to do next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.core.alerting import Condition
from monitor.core.conditions import LEDGER, UNWATCHED, Patience
from monitor.core.line_conditions import line_conditions
from monitor.core.lines import NO_LINES, LineCount, LinesPicture
from tidelake.tables.positions import Source

COUNT = LineCount(
    datetime(2026, 1, 1, 12, tzinfo=UTC),
    ("flight-ops", "weather"),
    is_whole=True,
    lost=0,
    examples=(),
    deleted_unread=0,
    done=2300,
    waiting=0,
    dead={"unknown_stream": 25},
)


def told(picture: LinesPicture, name: str = LEDGER) -> Condition:
    found = line_conditions(picture, Patience(timedelta(seconds=30), 0.01))
    (one,) = [condition for condition in found if condition.name == name]
    return one


def test_of_lines_that_are_all_somewhere_nothing_holds() -> None:
    assert {told(LinesPicture(COUNT), name).holds for name in (LEDGER, UNWATCHED)} == {False}


def test_where_no_dataset_follows_a_stream_nothing_is_said() -> None:
    assert line_conditions(NO_LINES, Patience(timedelta(seconds=30), 0.01)) == ()


def test_lines_that_are_nowhere_are_told_with_their_positions() -> None:
    examples = tuple((Source("abc", 2), offset) for offset in range(70, 75))
    condition = told(LinesPicture(replace(COUNT, lost=7, examples=examples)))
    assert (condition.holds, condition.severity, condition.dataset) == (True, "critical", "logs.inbound")
    assert condition.owner == "flight-ops, weather"
    assert "logs.inbound: lines lost: 7 in no dataset and no dead letter" in condition.summary
    assert "partition 2 offset 70" in condition.summary
    assert condition.summary.endswith(", ...)")
    assert "abc/2/70" in condition.description
    assert "Next: ./lake audit" in condition.description


def test_lines_that_kafka_deleted_before_they_were_routed_are_told() -> None:
    condition = told(LinesPicture(replace(COUNT, deleted_unread=3)))
    assert condition.holds
    assert "3 deleted by Kafka before they were routed" in condition.summary


def test_after_a_start_nothing_is_said_to_have_ended_before_all_is_proved_anew() -> None:
    assert told(LinesPicture(replace(COUNT, is_whole=False))).holds is None
    assert told(LinesPicture(replace(COUNT, is_whole=False, lost=1))).holds


def test_lines_that_can_not_be_looked_at_are_told_with_the_reason() -> None:
    blind = LinesPicture(None, "Kafka is away.")
    assert told(blind).holds is None
    assert told(blind, UNWATCHED).holds
    assert told(blind, UNWATCHED).description.startswith("Kafka is away. ")
