"""Which runs of a door are known to live."""

from datetime import UTC, datetime, timedelta

from tidelake.ledger.living import SignsOfLife

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)


def test_a_run_that_was_heard_of_just_now_lives() -> None:
    assert SignsOfLife(NOW).lives("router", NOW - timedelta(seconds=1))


def test_of_a_run_that_is_silent_nobody_knows() -> None:
    assert not SignsOfLife(NOW).lives("router", NOW - timedelta(seconds=10))


def test_an_idle_door_that_is_seen_to_run_lives_however_long_it_is_silent() -> None:
    signs = SignsOfLife(NOW, "router", since=LONG_AGO)
    assert signs.lives("router", LONG_AGO)


def test_the_run_of_a_door_before_it_was_started_again_does_not_live() -> None:
    signs = SignsOfLife(NOW, "router", since=LONG_AGO)
    assert not signs.lives("router", LONG_AGO - timedelta(seconds=1))
    assert not signs.lives("another", LONG_AGO)
