"""Where a line goes, decided by what is known of the lake."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_router.core.log_routing import Line, Reason, Routed, Routes, route
from tidelake.contracts.contract import Contract
from tidelake.contracts.envelope import open_envelope
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.names import DEAD_LETTERS
from tidelake.streams.limits import HEADROOM_BYTES
from tidelake.streams.values import Headers

_CONTRACT = """
apiVersion: v3.2.0
kind: DataContract
id: {name}
name: {name}
version: {version}
status: active
team: {{name: test-owners}}
schema:
  - name: {name}
    properties:
      - {{name: id, logicalType: string, required: true}}
slaProperties:
  - {{property: freshness, value: 5, unit: s}}
  - {{property: retention, value: 7, unit: d}}
customProperties:
  - {{property: partitions, value: 2}}
  - {{property: source, value: log}}
  - {{property: mode, value: append}}
  - {{property: logStream, value: web}}
  - {{property: logPattern, value: '(?<id>.*)'}}
"""
MAX = 1000


def contract(name: str = "visits", version: str = "1.0.0") -> Contract:
    return parse_contract(_CONTRACT.format(name=name, version=version), name)


def routes(*contracts: Contract, topics: frozenset[str] | None = None) -> Routes:
    by_stream: Mapping[str, tuple[Contract, ...]] = {"web": contracts} if contracts else {}
    there = frozenset(one.topic for one in contracts) if topics is None else topics
    return Routes("inbound-id", by_stream, there)


def line(
    value: bytes | None = b"GET /",
    headers: Headers | None = None,
    key: bytes | None = b"host",
    ms: int = 1500,
) -> Line:
    return Line(2, 41, key, value, [("stream", b"web")] if headers is None else headers, ms)


def dead(routed: Routed) -> tuple[Reason | None, Mapping[str, bytes | None]]:
    (record,) = routed.records
    assert record.topic == DEAD_LETTERS.name
    assert routed.datasets == ()
    return routed.reason, dict(reversed(record.headers))


def test_a_line_goes_to_its_streams_dataset_byte_for_byte_under_the_lakes_headers() -> None:
    own: Headers = [("stream", b"web"), ("ce_id", b"a shipper's"), ("x", None), ("x", b"2")]
    routed = route(line(headers=own), routes(contract()), MAX)
    (record,) = routed.records
    assert (record.topic, record.value, record.key, record.partition) == (
        "events.visits",
        b"GET /",
        b"host",
        None,
    )
    assert record.headers[-4:] == own
    envelope = open_envelope(record.headers)
    assert (envelope.event_id, envelope.data_schema) == ("inbound-id/2/41", "visits/1.0.0")
    assert envelope.received_at is not None
    assert envelope.received_at.timestamp() == 1.5
    assert (routed.datasets, routed.reason) == (("visits",), None)


def test_every_dataset_of_a_stream_gets_the_line_each_major_version_in_its_own_topic() -> None:
    routed = route(line(), routes(contract(), contract(version="2.0.0"), contract("audit")), MAX)
    assert [record.topic for record in routed.records] == [
        "events.visits",
        "events.visits.v2",
        "events.audit",
    ]
    assert routed.datasets == ("visits", "visits.v2", "audit")


@pytest.mark.parametrize(
    ("given_line", "reason"),
    [
        (line(headers=[]), Reason.NO_STREAM),
        (line(headers=[("stream", None)]), Reason.NO_STREAM),
        (line(headers=[("stream", b"")]), Reason.NO_STREAM),
        (line(headers=[("Stream", b"web")]), Reason.NO_STREAM),
        (line(headers=[("stream", b"\xff")]), Reason.UNREADABLE_STREAM),
        (line(headers=[("stream", b"other"), ("stream", b"web")]), Reason.UNKNOWN_STREAM),
        (line(value=None), Reason.NO_LINE),
    ],
)
def test_a_line_that_is_nobodys_is_a_dead_letter_that_says_why_and_where_it_stood(
    given_line: Line, reason: Reason
) -> None:
    routed = route(given_line, routes(contract()), MAX)
    told, headers = dead(routed)
    assert told == reason
    assert (headers["reason"], headers["origin"]) == (reason.value.encode(), b"inbound-id/2/41")
    (record,) = routed.records
    assert (record.value, record.key) == (given_line.value, given_line.key)
    assert record.headers[2:] == given_line.headers


def test_a_dataset_whose_topic_is_gone_makes_dead_letters_for_its_whole_stream() -> None:
    known = routes(contract(), contract("audit"), topics=frozenset({"events.audit"}))
    assert dead(route(line(), known, MAX))[0] == Reason.NO_TOPIC


def test_a_line_that_no_topic_takes_is_cut_and_says_how_large_it_was() -> None:
    told, headers = dead(route(line(b"x" * (MAX + 1)), routes(contract()), MAX))
    assert told == Reason.TOO_LARGE
    assert (headers["size"] or b"").startswith(b"1001 bytes")
    (record,) = route(line(b"x" * (MAX + 1)), routes(contract()), MAX).records
    assert record.value == b"x" * MAX
    assert record.headers[-1] == ("stream", b"web")
    large: Headers = [("stream", b"web"), ("huge", b"h" * HEADROOM_BYTES)]
    (record,) = route(line(headers=large), routes(contract()), MAX).records
    assert (record.value, record.key) == (b"GET /", None)
    assert "huge" not in dict(record.headers)


def test_a_line_just_as_large_as_allowed_is_routed() -> None:
    assert route(line(b"x" * MAX), routes(contract()), MAX).datasets == ("visits",)


@pytest.mark.parametrize("timestamp_ms", [-1, 10**18])
def test_a_time_that_no_calendar_has_is_left_out(timestamp_ms: int) -> None:
    (record,) = route(line(ms=timestamp_ms), routes(contract()), MAX).records
    assert open_envelope(record.headers).received_at is None


_ANY_HEADERS = st.lists(
    st.tuples(st.sampled_from(["stream", "ce_id", "reason", "h"]), st.none() | st.binary(max_size=8)),
    max_size=5,
)


@given(st.none() | st.binary(max_size=50), st.none() | st.binary(max_size=9), _ANY_HEADERS)
def test_no_line_is_dropped_and_none_is_altered(
    value: bytes | None, key: bytes | None, headers: Headers
) -> None:
    routed = route(line(value, headers, key), routes(contract()), MAX)
    (record,) = routed.records
    assert (record.value, record.key) == (value, key)
    assert record.headers[len(record.headers) - len(headers) :] == headers
    assert bool(routed.datasets) == (routed.reason is None)
