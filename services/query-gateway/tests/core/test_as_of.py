"""A time or versions by table; everything else is refused with what to send."""

from datetime import UTC, datetime, timedelta

import pytest
from query_gateway.core.as_of import AsOf, check_names, check_past, parse_as_of
from query_gateway.core.refusals import QuestionRefused, Reason


def test_nothing_a_time_and_versions() -> None:
    assert parse_as_of(None) == AsOf()
    assert parse_as_of("2013-01-01T12:00:00+02:00") == AsOf(time=datetime(2013, 1, 1, 10, tzinfo=UTC))
    assert parse_as_of({"Lake.Silver.Trips": 3, "silver.b": 0}) == AsOf(
        versions={"silver.trips": 3, "silver.b": 0}
    )


@pytest.mark.parametrize(
    "given",
    [
        "yesterday",
        "2013-01-01",
        "2013-01-01T10:00:00",
        "2013-01-01 10:00:00+00:00",
        12,
        [],
        {"silver.trips": -1},
        {"silver.trips": True},
        {"silver.trips": "3"},
        {"silver.trips": 2**63},
        "0001-01-01T00:00:00+23:59",
        "2013-W01-1T10:00:00Z",
        "20130101T100000Z",
        {"silver.trips": 1, "lake.SILVER.trips": 2},
    ],
)
def test_everything_else_is_refused_with_an_example(given: object) -> None:
    with pytest.raises(QuestionRefused) as refused:
        parse_as_of(given)
    assert refused.value.reason == Reason.MALFORMED
    assert "2013-01-01T10:00:00Z" in refused.value.next_step


def test_a_time_that_has_not_come_is_refused() -> None:
    now = datetime(2026, 1, 1, 10, tzinfo=UTC)
    check_past(AsOf(time=now), now)
    check_past(AsOf(versions={"silver.trips": 1}), now)
    with pytest.raises(
        QuestionRefused, match=r"in the future: the gateway's clock says 2026-01-01T10:00:00\+00:00"
    ):
        check_past(AsOf(time=now + timedelta(microseconds=1)), now)


def test_a_version_of_a_table_that_is_not_read_is_taken_for_a_slip() -> None:
    check_names(AsOf(versions={"silver.trips": 1}), ("silver.trips",))
    with pytest.raises(QuestionRefused, match=r"silver\.trip'"):
        check_names(AsOf(versions={"silver.trip": 1}), ("silver.trips",))
