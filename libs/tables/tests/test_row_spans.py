"""The trace of a request goes on to what became of its record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tidelake.tables.bronze import HEADERS_TYPE
from tidelake.tables.row_spans import MOST, RowSpans

BEGAN = datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC)
ENDED = BEGAN + timedelta(milliseconds=20)
TRACE = "4bf92f3577b34da6a3ce929d0e0e47"


def _traceparent(number: int, sampled: bool = True) -> tuple[str, bytes | None]:
    return "traceparent", f"00-{TRACE}{number:02x}-00f067aa0ba902b7-0{int(sampled)}".encode()


def _rows(headers: Sequence[Sequence[tuple[str, bytes | None]]]) -> pa.Table:
    listed = [[{"key": key, "value": value} for key, value in each] for each in headers]
    return pa.table(
        {"headers": pa.array(listed, HEADERS_TYPE), "offset": pa.array(range(len(listed)), pa.int64())}
    )


def _trace_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return format(span.context.trace_id, "032x")


def _spans(rows: pa.Table) -> tuple[list[ReadableSpan], list[ReadableSpan]]:
    """Those of rows, and those of batches."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans = RowSpans(provider.get_tracer("test"))
    spans.done(
        "bronze commit", rows, BEGAN, ENDED, {"lake.table": "bronze/flights"}, {"offset": "lake.offset"}
    )
    ended = exporter.get_finished_spans()
    batches = [span for span in ended if span.name == "bronze commit batch"]
    return [span for span in ended if span not in batches], batches


def test_a_row_gets_a_span_in_its_own_trace_and_a_link_to_its_batch() -> None:
    rows, (batch,) = _spans(_rows([[("ce_id", b"1")], [("a", None), _traceparent(1)], [_traceparent(2)]]))
    assert [_trace_of(span) for span in rows] == [f"{TRACE}01", f"{TRACE}02"]
    for span, offset in zip(rows, (1, 2), strict=True):
        assert span.parent is not None
        assert span.parent.span_id == 0x00F067AA0BA902B7
        assert [link.context for link in span.links] == [batch.context]
        assert dict(span.attributes or {}) == {"lake.table": "bronze/flights", "lake.offset": offset}
        assert span.start_time == 1_767_268_800_250_000_000
        assert span.end_time == span.start_time + 20_000_000
    assert [format(link.context.trace_id, "032x") for link in batch.links] == [
        _trace_of(span) for span in rows
    ]
    assert batch.parent is None
    assert (batch.attributes or {})["lake.rows"] == 3


def test_rows_without_a_sampled_trace_make_no_span() -> None:
    headers = [[], [("ce_id", b"1")], [_traceparent(1, sampled=False)], [("traceparent", b"none")]]
    assert _spans(_rows(headers)) == ([], [])
    assert _spans(_rows([])) == ([], [])


def test_a_header_that_is_there_twice_makes_one_span() -> None:
    rows, _ = _spans(_rows([[_traceparent(1), _traceparent(1)]]))
    assert len(rows) == 1


def test_a_batch_of_very_many_traces_makes_spans_for_the_first_of_them() -> None:
    rows, (batch,) = _spans(_rows([[_traceparent(number)] for number in range(MOST + 50)]))
    assert len(rows) == len(batch.links) == MOST


def test_without_a_tracer_nothing_is_made() -> None:
    RowSpans().done("bronze commit", _rows([[_traceparent(1)]]), BEGAN, ENDED, {}, {})
