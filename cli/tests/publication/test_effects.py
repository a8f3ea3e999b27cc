"""What a contract brings about, and what of it nothing heeds, is said in one line each."""

from tidelake.cli.publication.effects import effects

from .conftest import AS_LINES, FOLLOWS_A_TABLE, Edit

ANALYSTS = "  - role: analysts\n    access: read\n    description: Everybody who asks about delays.\n"


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


def test_log_lines_are_told_where_they_come_in_and_what_becomes_of_the_others(draft: Edit) -> None:
    lines, checked, _ = effects(draft(AS_LINES).contract)
    assert "lines: what shippers write to logs.inbound with the header stream: flights" in lines
    assert "the rule pattern" in lines
    assert "month_in_calendar" in checked


def test_where_no_silver_is_made_no_rule_is_checked(draft: Edit) -> None:
    silver, quality = effects(draft(("value: append", "value: upsert")).contract)
    assert "this has mode: upsert. Read its records in bronze.flights" in silver
    assert "not checked by anything, as no silver is made: " in quality
    assert "month_in_calendar" in quality


def test_change_data_have_a_silver_table(draft: Edit) -> None:
    assert not [line for line in effects(draft(*FOLLOWS_A_TABLE).contract) if line.startswith("silver:")]
