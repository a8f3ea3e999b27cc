"""The envelope is written so that it reads back, and read whatever it holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidelake.contracts.contract import Contract
from tidelake.contracts.envelope import Sealer, open_envelope

NOW = datetime(2026, 1, 31, 10, 0, 0, 123456, UTC)


def test_a_sealed_event_is_a_cloud_event(flights: Contract) -> None:
    sealer = Sealer(flights)
    headers = dict(sealer.seal(sealer.common(NOW, "airport-ops"), b"id-1", "2013-01-01T10:00:00Z"))
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_id": b"id-1",
        "ce_source": b"/datasets/flights",
        "ce_type": b"flights",
        "ce_time": b"2013-01-01T10:00:00Z",
        "ce_receivedtime": b"2026-01-31T10:00:00.123Z",
        "ce_dataschema": b"flights/1.0.0",
        "ce_producer": b"airport-ops",
        "content-type": b"application/json",
    }


def test_sealing_one_record_leaves_the_common_headers_alone(flights: Contract) -> None:
    sealer = Sealer(flights)
    common = sealer.common(NOW, "airport-ops")
    sealer.seal(common, b"id-1", None)
    assert "ce_id" not in dict(common)


def test_an_envelope_reads_back(flights: Contract) -> None:
    sealer = Sealer(flights)
    opened = open_envelope(
        sealer.seal(sealer.common(NOW, "airport-ops"), "ü".encode(), "2013-01-01T10:00:00.5Z")
    )
    assert opened.event_id == "ü"
    assert opened.received_at == NOW.replace(microsecond=123000)
    assert opened.event_time == datetime(2013, 1, 1, 10, 0, 0, 500000, UTC)
    assert (opened.data_schema, opened.producer) == ("flights/1.0.0", "airport-ops")


@pytest.mark.parametrize(
    "value",
    [None, b"", b"\xff\xfe", b"yesterday", b"2026-01-31T10:00:00", b"2026-02-30T10:00:00Z", b"1" * 100_000],
)
def test_an_unreadable_receive_time_is_none(value: bytes | None) -> None:
    assert open_envelope([("ce_receivedtime", value)]).received_at is None


@pytest.mark.parametrize("headers", [None, [], [("other", b"x")]])
def test_a_record_without_an_envelope_has_no_receive_time(
    headers: list[tuple[str, bytes | None]] | None,
) -> None:
    opened = open_envelope(headers)
    assert (opened.event_id, opened.received_at) == (None, None)


def test_of_a_header_that_is_there_twice_the_first_counts() -> None:
    twice: list[tuple[str, bytes | None]] = [
        ("ce_receivedtime", b"2026-01-31T10:00:00Z"),
        ("ce_receivedtime", b"2026-01-31T11:00:00Z"),
    ]
    assert open_envelope(twice).received_at == datetime(2026, 1, 31, 10, tzinfo=UTC)


@given(st.lists(st.tuples(st.sampled_from(["ce_id", "ce_time", "ce_receivedtime"]), st.none() | st.binary())))
def test_no_headers_make_the_reader_fail(headers: list[tuple[str, bytes | None]]) -> None:
    opened = open_envelope(headers)
    assert opened.received_at is None or opened.received_at.tzinfo == UTC
