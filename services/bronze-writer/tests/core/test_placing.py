"""A partition is read from the table's token, or not at all."""

from datetime import timedelta

import pytest
from bronze_writer.core.dataset import Dataset
from bronze_writer.core.placing import Log, Place, Stop, StopReason, place
from tidelake.tables.positions import OffsetRange

FLIGHTS = Dataset("flights", 1, "events.flights", "bronze/flights", timedelta(seconds=1), "", "topic-id")


def test_at_the_token() -> None:
    assert place(FLIGHTS, 7, Log(0, 10), None) == Place(7, 7)
    assert place(FLIGHTS, 10, Log(0, 10), None) == Place(10, 10)
    assert place(FLIGHTS, 0, Log(0, 0), None) == Place(0, 0)


def test_a_first_start_is_at_the_logs_start() -> None:
    assert place(FLIGHTS, None, Log(4, 10), None) == Place(4, 4, first_start=True)


def test_offsets_that_kafka_no_longer_has_stop_it_and_are_named() -> None:
    stop = place(FLIGHTS, 3, Log(7, 10), None)
    assert isinstance(stop, Stop)
    assert stop.reason is StopReason.OFFSETS_LOST
    assert "offsets 3 to 6 were deleted" in stop.text
    assert "`lake dataset give-up-offsets flights`" in stop.text


def test_given_up_offsets_are_jumped_over_and_counted() -> None:
    assert place(FLIGHTS, 3, Log(7, 10), OffsetRange(3, 7)) == Place(3, 7, lost=4)
    # Kafka forgot more since: it stops again at 6, and the rest is for the person to decide.
    assert place(FLIGHTS, 3, Log(7, 10), OffsetRange(3, 6)) == Place(3, 6, lost=3)


@pytest.mark.parametrize(
    "given_up", [OffsetRange(2, 7), OffsetRange(4, 7), OffsetRange(3, 8), OffsetRange(3, 3)]
)
def test_only_lost_offsets_can_be_given_up_and_all_from_the_token_on(given_up: OffsetRange) -> None:
    assert isinstance(place(FLIGHTS, 3, Log(7, 10), given_up), Stop)


def test_what_can_still_be_read_cannot_be_given_up() -> None:
    assert place(FLIGHTS, 3, Log(3, 10), OffsetRange(3, 7)) == Place(3, 3)


def test_a_token_beyond_the_log_stops_it() -> None:
    stop = place(FLIGHTS, 11, Log(0, 10), None)
    assert isinstance(stop, Stop)
    assert stop.reason is StopReason.TOKEN_BEYOND_END
