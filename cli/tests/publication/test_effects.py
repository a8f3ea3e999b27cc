"""What a contract brings about, and what of it nothing heeds, is said in one line each."""

import pytest
from tidelake.cli.publication.effects import effects

from .conftest import Edit

ANALYSTS = "  - role: analysts\n    access: read\n    description: Everybody who asks about delays.\n"
SOURCE, MODE = "property: source\n    value: api", "property: mode\n    value: append"


def test_rules_that_silver_checks_and_rules_that_are_only_kept_are_told_apart(draft: Edit) -> None:
    checked, kept = effects(draft().contract)
    assert (
        "quarantines what breaks them: month_in_calendar, carrier_is_a_code, origin_is_in_new_york."
        in checked
    )
    assert "./lake quarantine ls" in checked
    names = "one_row_per_flight, air_time_is_possible, dep_time_mostly_known, tailnum_mostly_known"
    assert f"not checked by anything yet: {names}." in kept
    assert "./lake query" in kept


def test_a_contract_without_a_reader_says_who_may_ask_all_the_same(draft: Edit) -> None:
    *_, readers = effects(draft((ANALYSTS, "")).contract)
    assert "the gateway lets nobody but data-engineering ask for it" in readers
    assert "{role: NAME, access: read}" in readers


@pytest.mark.parametrize(
    ("source", "mode", "has_door"),
    [("api", "upsert", True), ("log", "append", False), ("cdc", "upsert", False)],
)
def test_where_no_silver_is_made_no_rule_is_checked(
    draft: Edit, source: str, mode: str, has_door: bool
) -> None:
    edits = (SOURCE, SOURCE.replace("api", source)), (MODE, MODE.replace("append", mode))
    silver, quality = effects(draft(*edits).contract)
    assert f"this has source: {source} with mode: {mode}. Read its records in bronze.flights" in silver
    assert ("write them to the topic events.flights" in silver) is not has_door
    assert "not checked by anything, as no silver is made: " in quality
    assert "month_in_calendar" in quality
