"""One spelling for each instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidelake.contracts.instants import milliseconds_text, parse_instant, utc_text

_ZONES = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
_MOMENTS = st.datetimes(timezones=_ZONES).filter(lambda moment: 1 < moment.year < 9999)


@given(_MOMENTS)
def test_the_spelling_names_the_same_instant_whatever_zone_it_was_written_in(moment: datetime) -> None:
    spelled = utc_text(moment.isoformat())
    assert spelled is not None
    assert parse_instant(spelled) == moment
    assert spelled == utc_text(moment.astimezone(UTC).isoformat())
    assert utc_text(spelled) == spelled


@pytest.mark.parametrize("text", ["", "now", "2013-01-01", "2013-01-01T10:00:00", "2013-13-01T10:00:00Z", "2013-01-01T10:00:00Z\n"])  # fmt: skip  # noqa: E501
def test_what_names_no_instant_is_none(text: str) -> None:
    assert parse_instant(text) is None


def test_an_instant_outside_of_the_calendar_is_none() -> None:
    assert utc_text("0001-01-01T00:00:00+01:00") is None
    assert parse_instant("9999-12-31T23:59:59-01:00") is None


def test_the_lakes_own_times_have_whole_milliseconds() -> None:
    assert milliseconds_text(datetime(2026, 1, 31, 10, 0, 0, 999999, UTC)) == "2026-01-31T10:00:00.999Z"
    zone = timezone(timedelta(hours=1))
    assert milliseconds_text(datetime(2026, 1, 31, 10, tzinfo=zone)) == "2026-01-31T09:00:00.000Z"
