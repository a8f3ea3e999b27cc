"""Spans of time as contracts write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tidelake.contracts.parsing.durations import duration, iso_duration


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("PT5S", timedelta(seconds=5)),
        ("PT0.5S", timedelta(milliseconds=500)),
        ("P7D", timedelta(days=7)),
        ("P2W", timedelta(weeks=2)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
    ],
)
def test_iso_spans_are_read(text: str, span: timedelta) -> None:
    assert iso_duration(text) == span


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1M", "P1Y", "7D", "PT-5S", "PT0S", "a week", "P99999999999D"]
)
def test_what_is_no_fixed_span_is_none(text: str) -> None:
    assert iso_duration(text) is None


@pytest.mark.parametrize(
    ("value", "unit", "span"),
    [
        (5, "s", timedelta(seconds=5)),
        (1.5, "minutes", timedelta(seconds=90)),
        (30, "d", timedelta(days=30)),
        (2, "Years", timedelta(days=730)),
        (250, "ms", timedelta(milliseconds=250)),
        ("PT5S", None, timedelta(seconds=5)),
    ],
)
def test_numbers_with_a_unit_are_read(value: object, unit: str | None, span: timedelta) -> None:
    assert duration(value, unit) == span


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (5, None),
        (5, "m"),
        (0, "s"),
        (-1, "d"),
        (True, "d"),
        ("5", "s"),
        (None, "d"),
        (float("nan"), "d"),
        (1e300, "d"),
    ],
)
def test_what_has_no_clear_unit_or_length_is_none(value: object, unit: str | None) -> None:
    assert duration(value, unit) is None
