"""What is told has dataset, numbers, positions, and what to do next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from monitor.core.alerting import Condition
from monitor.core.conditions import (
    FRESHNESS,
    LEDGER,
    QUARANTINE,
    RUNBOOKS,
    STOPPED,
    TRUNCATED,
    UNWATCHED,
    Patience,
    conditions_of,
)
from monitor.core.delays import Delays
from monitor.core.freshness import WHOLE, Freshness, Hop, Waiting
from monitor.core.ledger import Fault, LedgerCount, files_missing
from monitor.core.picture import DatasetPicture, Rates
from monitor.core.quarantine import Quarantine
from monitor.core.truncates import Truncate
from tidelake.tables.positions import Source

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FRESH = Freshness(5.0, (Hop(WHOLE, Delays(10, 1, 2, 3, 4), "columns of 10 rows"),), Waiting())
COUNT = LedgerCount(NOW, 4, 3, 2, 100, 90, {"duplicate": 10}, 0, 0, ())
NO_QUARANTINE = Quarantine(timedelta(minutes=5), 100, 0, {}, ())
FLIGHTS = DatasetPicture(
    "flights", "flights", 1, "", "ops", "api", 5.0, FRESH, COUNT, NO_QUARANTINE, Rates(), (), None, ""
)
OF_ANY = RUNBOOKS.keys() - {STOPPED}
"""Alerts of each dataset, whatever its source."""
RUNBOOK_FOLDER = Path(__file__).parents[4] / "docs" / "runbooks"


def told(picture: DatasetPicture, name: str, completeness: float | None = None) -> Condition:
    found = conditions_of(picture, completeness, Patience(timedelta(seconds=30), 0.01))
    (one,) = [condition for condition in found if condition.name == name]
    return one


def test_of_a_healthy_dataset_nothing_holds() -> None:
    assert {told(FLIGHTS, name).holds for name in OF_ANY} == {False}


def test_of_one_that_could_not_be_looked_at_nobody_can_tell() -> None:
    blind = replace(FLIGHTS, freshness=None, ledger=None, quarantine=None)
    assert {told(blind, name).holds for name in OF_ANY if name != UNWATCHED} == {None}


def test_one_that_can_not_be_looked_at_is_told_with_its_reason() -> None:
    condition = told(replace(FLIGHTS, trouble="The store is away."), UNWATCHED)
    assert condition.holds
    assert condition.description.startswith("The store is away. ")


@pytest.mark.parametrize("name", RUNBOOKS)
def test_each_alert_has_a_page_that_begins_with_its_name(name: str) -> None:
    assert (RUNBOOK_FOLDER / RUNBOOKS[name]).read_text().startswith(f"# {name}: ")


def test_each_page_belongs_to_an_alert() -> None:
    assert {page.name for page in RUNBOOK_FOLDER.glob("*.md")} == set(RUNBOOKS.values())


def test_files_that_are_missing_are_told_by_name_and_what_only_rows_can_tell_stays_open() -> None:
    missing = files_missing({"silver/flights": [f"part-{number}" for number in range(9)]})
    blind = replace(COUNT, faults=(missing,))
    picture = replace(FLIGHTS, ledger=blind, freshness=None, quarantine=None)
    condition = told(picture, LEDGER)
    assert condition.holds
    assert condition.summary == (
        "flights: 9 data files that a table's log names are not in the store, or not whole "
        "(silver/flights/part-0, ...)"
    )
    assert "silver/flights/part-0, silver/flights/part-1" in condition.description
    assert "100 rows" not in condition.description, "nothing was counted"
    assert told(picture, UNWATCHED).holds is False
    assert {told(picture, name).holds for name in (FRESHNESS, QUARANTINE, TRUNCATED)} == {None}


def test_a_gap_is_told_with_its_positions() -> None:
    gap = Fault("missing", 7, tuple((Source("abc", 2), offset) for offset in range(70, 75)))
    condition = told(replace(FLIGHTS, ledger=replace(COUNT, faults=(gap,))), LEDGER)
    assert condition.holds
    assert condition.severity == "critical"
    assert "flights: 7 in bronze without an outcome" in condition.summary
    assert "partition 2 offset 70" in condition.summary
    assert condition.summary.endswith(", ...)")
    assert "abc/2/70" in condition.description
    assert (
        "bronze version 4 has 100 rows; silver version 3 has 90 + duplicate 10 (outcomes version 2); 0 wait"
        in condition.description
    )
    assert "Next: ./lake audit flights" in condition.description


def test_of_change_data_keys_and_outcomes_are_not_added_up() -> None:
    gone = Fault("missing-in-silver", 2, ())
    changes = replace(COUNT, faults=(gone,), silver_explains=False, outcomes={"inserted": 92, "updated": 8})
    condition = told(replace(FLIGHTS, ledger=changes), LEDGER)
    assert condition.summary == "flights: 2 keys that the outcomes have, and that are not in silver"
    assert (
        "bronze version 4 has 100 rows; outcomes version 2 has inserted 92 + updated 8; silver version 3 has "
        "90 keys; 0 wait" in condition.description
    )
    assert "Positions" not in condition.description


def test_while_a_row_is_looked_into_nothing_is_said_to_have_ended() -> None:
    assert told(replace(FLIGHTS, ledger=replace(COUNT, suspects=1)), LEDGER).holds is None
    assert told(replace(FLIGHTS, ledger=replace(COUNT, unasked=1)), LEDGER).holds is None


def test_before_silver_has_made_its_tables_nothing_is_said_to_have_ended() -> None:
    early = replace(FLIGHTS, ledger=replace(COUNT, silver_version=None, awaits_silver=True), quarantine=None)
    assert {told(early, name).holds for name in OF_ANY if name != UNWATCHED} == {None}
    late = replace(early, freshness=replace(FRESH, waiting=Waiting(unread=3, unread_s=9.0)))
    assert told(late, FRESHNESS).holds


def test_lateness_names_the_hops_and_what_waits() -> None:
    late = replace(FRESH, waiting=Waiting(unread=3, unread_s=9.0))
    condition = told(replace(FLIGHTS, freshness=late), FRESHNESS)
    assert condition.holds
    assert condition.patience == timedelta(seconds=30)
    assert "freshness 9.0 s, and the contract promises 5 s" in condition.summary
    assert "columns of 10 rows" in condition.description
    assert "3 offsets of Kafka are not in bronze, for at least 9 s" in condition.description
    assert "Readers see flights later than its contract promises" in condition.description


def test_an_alert_that_has_ended_does_not_say_that_readers_see_it_late() -> None:
    condition = told(FLIGHTS, FRESHNESS)
    assert condition.summary == "flights: freshness 2.0 s, and the contract promises 5 s"
    assert condition.description.endswith("Readers see flights as its contract promises.")
    idle = replace(FRESH, hops=(Hop(WHOLE, None, "no row"),))
    condition = told(replace(FLIGHTS, freshness=idle), FRESHNESS)
    assert condition.summary == "flights: nothing came and nothing waits, and the contract promises 5 s"
    assert condition.description == (
        "Nothing came and nothing waits. Readers see flights as its contract promises."
    )


def test_what_waits_since_before_the_monitor_began_is_not_said_to_be_fresh() -> None:
    unknown = replace(FRESH, waiting=Waiting(unread=3, unread_s=1.0, unread_known=False))
    assert told(replace(FLIGHTS, freshness=unknown), FRESHNESS).holds is None


@pytest.mark.parametrize(
    ("quarantined", "completeness", "holds"),
    [(1, None, False), (2, None, True), (1, 1.0, True), (5, 0.95, False), (6, 0.95, True), (0, 1.0, False)],
)
def test_quarantine_is_held_against_the_contract_or_else_the_setting(
    quarantined: int, completeness: float | None, holds: bool
) -> None:
    found = replace(NO_QUARANTINE, quarantined=quarantined, rules={"type (n)": 1}, examples=((0, 4),))
    condition = told(replace(FLIGHTS, quarantine=found), QUARANTINE, completeness)
    assert condition.holds is holds
    assert f"{quarantined} of 100 rows went into quarantine in 5 min" in condition.summary
    assert "type (n) 1" in condition.description
    assert "partition 0 offset 4" in condition.description


def test_a_truncate_names_the_table_and_asks_for_a_snapshot() -> None:
    condition = told(replace(FLIGHTS, truncate=Truncate("airports.app.planes", NOW, 1, 9)), TRUNCATED)
    assert condition.holds
    assert "airports.app.planes was emptied at its source" in condition.summary
    assert "partition 1 offset 9" in condition.description
    assert "snapshot" in condition.description
