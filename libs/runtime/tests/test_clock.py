"""The lake's own stamps."""

from datetime import UTC, datetime

from tidelake.runtime.clock import whole_milliseconds


def test_stamps_are_whole_milliseconds() -> None:
    at = datetime(2013, 1, 1, tzinfo=UTC)
    assert whole_milliseconds(at.replace(microsecond=5999)) == at.replace(microsecond=5000)
