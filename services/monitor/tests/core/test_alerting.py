"""Alerts wait, fire, and end, and each change is told once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from monitor.core.alerting import Alert, AlertBook, Condition

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def condition(holds: bool | None, dataset: str = "flights", patience_s: float = 10) -> Condition:
    return Condition("LedgerGap", dataset, holds, "ops", patience=timedelta(seconds=patience_s))


def at(second: float) -> datetime:
    return BEGAN + timedelta(seconds=second)


def test_a_condition_fires_once_it_has_held_for_its_patience() -> None:
    book = AlertBook()
    assert not book.step([condition(True)], at(0))
    assert [alert.state for alert in book.open] == ["pending"]
    assert not book.step([condition(True)], at(9))
    (fires,) = book.step([condition(True)], at(10))
    assert (fires.state, fires.since, fires.fired_at) == ("firing", at(0), at(10))
    assert not book.step([condition(True)], at(11)), "it is told once"


def test_one_that_ends_before_its_patience_is_never_told() -> None:
    book = AlertBook()
    book.step([condition(True)], at(0))
    assert not book.step([condition(False)], at(5))
    assert not book.open


def test_one_that_fired_is_told_to_have_ended() -> None:
    book = AlertBook()
    book.step([condition(True, patience_s=0)], at(0))
    (ends,) = book.step([condition(False)], at(7))
    assert (ends.state, ends.since, ends.ended_at) == ("resolved", at(0), at(7))
    assert not book.step([condition(False)], at(8))


def test_what_nobody_can_tell_changes_nothing() -> None:
    book = AlertBook()
    book.step([condition(True, patience_s=0)], at(0))
    assert not book.step([condition(None)], at(5))
    assert [alert.state for alert in book.open] == ["firing"]


def test_a_dataset_that_is_gone_takes_its_alerts_along() -> None:
    book = AlertBook()
    book.step([condition(True, patience_s=0), condition(True, "planes", 0)], at(0))
    (ends,) = book.step([condition(True)], at(1))
    assert (ends.state, ends.condition.dataset) == ("resolved", "planes")


def test_a_new_process_goes_on_with_what_fired() -> None:
    (fired,) = AlertBook().step([condition(True, patience_s=0)], at(0))
    book = AlertBook.remembering([fired])
    assert not book.step([condition(True)], at(60)), "it was told before"
    (ends,) = book.step([condition(False)], at(61))
    assert ends.since == at(0)


@given(st.lists(st.sampled_from([True, False, None]), max_size=40), st.integers(0, 5))
def test_firing_and_ending_take_turns_whatever_comes(holds: list[bool | None], patience: int) -> None:
    book, told = AlertBook(), list[Alert]()
    for second, one in enumerate(holds):
        told += book.step([condition(one, patience_s=patience)], at(second))
    states = [alert.state for alert in told]
    assert states == ["firing", "resolved"] * (len(states) // 2) + ["firing"] * (len(states) % 2)
    assert (states[-1:] == ["firing"]) == any(alert.state == "firing" for alert in book.open)
