"""What becomes of one key's changes, case by case."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from silver_processor.core.key_history import Change, Earlier, Known, State, Told, follow

HERE = ("t", 0)


def change(
    offset: int, op: str, lsn: int, *, left_out: Sequence[str] = (), is_sound: bool = True, topic: str = "t"
) -> Change:
    return Change(offset, (topic, 0, offset), op, lsn, 7, tuple(left_out), is_sound, is_ignored=False)


def outcomes(*changes: Change, known: Known | None = None, earlier: Earlier | None = None) -> list[str]:
    return [told.outcome for told in followed(*changes, known=known, earlier=earlier)]


def followed(*changes: Change, known: Known | None = None, earlier: Earlier | None = None) -> list[Told]:
    return list(follow(changes, known, earlier or Earlier()))


def test_the_later_offset_wins_though_it_was_written_to_the_log_before() -> None:
    *_, last = told = followed(change(0, "c", 10), change(1, "d", 50), change(2, "c", 40))
    assert [one.outcome for one in told] == ["inserted", "deleted", "inserted"]
    assert last.state == State((*HERE, 2), 50, is_deleted=False)


def test_what_is_sent_again_is_a_duplicate_of_the_first_whatever_became_of_it() -> None:
    told = followed(
        change(0, "c", 10, is_sound=False),
        change(1, "u", 20),
        change(2, "c", 10, is_sound=False),
        change(3, "c", 10),
        change(4, "u", 20),
        change(5, "d", 20),
    )
    words = ["quarantined", "inserted", "duplicate", "duplicate", "duplicate", "deleted"]
    assert [one.outcome for one in told] == words
    assert [one.of for one in told[2:5]] == [(*HERE, 0), (*HERE, 0), (*HERE, 1)]


def test_a_snapshot_that_does_not_know_of_a_change_is_older_and_one_that_does_is_taken() -> None:
    told = followed(change(0, "c", 10), change(1, "d", 50), change(2, "r", 40), change(3, "r", 60))
    assert [one.outcome for one in told] == ["inserted", "deleted", "superseded", "inserted"]
    assert told[2].of == (*HERE, 1)


def test_a_snapshot_that_is_older_than_a_change_in_quarantine_is_not_taken() -> None:
    refused = change(1, "u", 50, is_sound=False)
    assert outcomes(
        change(0, "c", 10), refused, change(2, "r", 40), change(3, "u", 60, left_out=["note"])
    ) == ["inserted", "quarantined", "superseded", "quarantined"]


def test_logs_of_two_topics_are_not_compared() -> None:
    known = Known(State((*HERE, 5), 900, is_deleted=False), None)
    assert outcomes(change(0, "r", 10, topic="anew"), known=known) == ["updated"]


@pytest.mark.parametrize(
    ("before", "word"),
    [
        ([change(0, "c", 10)], "updated"),
        ([change(0, "c", 10), change(1, "u", 20, is_sound=False)], "quarantined"),
        ([change(0, "c", 10), change(1, "u", 20, is_sound=False), change(2, "u", 30)], "updated"),
        ([change(0, "c", 10), change(1, "d", 20)], "quarantined"),
        ([], "quarantined"),
    ],
)
def test_a_value_is_kept_if_silver_has_the_one_that_did_not_change(before: list[Change], word: str) -> None:
    *_, last = followed(*before, change(3, "u", 90, left_out=["note"]))
    assert last.outcome == word
    assert last.unavailable == (() if word == "updated" else ("note",))


def test_a_value_that_silver_s_row_is_too_old_for_is_known_once_it_was_sent() -> None:
    """The contract got the field after the row was written, so it is null there; nobody leaves out a null."""
    known = Known(State((*HERE, 0), 10, is_deleted=False), None, frozenset({"note"}))
    told = followed(
        change(1, "u", 20, left_out=["note"]),
        change(2, "u", 30),
        change(3, "u", 40, left_out=["note"]),
        known=known,
    )
    assert [one.outcome for one in told] == ["quarantined", "updated", "updated"]
    assert told[0].unavailable == ("note",)
    assert [one.content_of("note", 99) for one in told[1:]] == [2, 2]


def test_the_insert_half_of_a_change_of_the_key_does_not_take_values_of_its_own_key() -> None:
    assert outcomes(change(0, "c", 10), change(1, "c", 20, left_out=["note"])) == ["inserted", "quarantined"]


def test_kept_values_come_from_the_change_that_had_them_last() -> None:
    *_, last = followed(
        change(0, "c", 10), change(1, "u", 20, left_out=["a", "b"]), change(2, "u", 30, left_out=["a"])
    )
    assert [last.content_of(name, 99) for name in ("a", "b", "c")] == [0, 2, 2]
    known = Known(State((*HERE, 0), 10, is_deleted=False), None)
    (only,) = followed(change(1, "u", 20, left_out=["a"]), known=known)
    assert [only.content_of(name, 99) for name in ("a", "b")] == [99, 1]


def test_what_silver_has_and_the_outcomes_lack_is_told_as_it_was_and_not_done_again() -> None:
    changes = [change(0, "c", 10), change(1, "u", 20), change(2, "d", 30), change(3, "c", 40)]
    known = Known(State((*HERE, 2), 30, is_deleted=True), None)
    told = followed(*changes, known=known)
    assert [one.outcome for one in told] == ["inserted", "updated", "deleted", "inserted"]
    assert [one.content is None for one in told] == [True, True, True, False]
    assert told[3].start is None, "what silver had before all of them"


def test_what_silver_took_stays_taken_though_rules_of_now_refuse_it() -> None:
    known = Known(State((*HERE, 1), 20, is_deleted=False), State((*HERE, 0), 10, is_deleted=False))
    assert outcomes(change(1, "u", 20, is_sound=False), known=known) == ["updated"]


@pytest.mark.parametrize(("last", "word"), [("d", "deleted"), ("u", "updated")])
def test_what_is_told_again_kept_its_value_though_a_later_change_took_it(last: str, word: str) -> None:
    """Silver had the later change when its process fell, and its row has no value of the field any more."""
    changes = [change(0, "c", 10), change(1, "u", 20, left_out=["note"]), change(2, last, 30)]
    known = Known(State((*HERE, 2), 30, is_deleted=last == "d"), None, frozenset({"note"}))
    assert outcomes(*changes, known=known) == ["inserted", "updated", word]
