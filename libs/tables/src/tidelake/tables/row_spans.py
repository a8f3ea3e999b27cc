"""Spans of what is done to many rows at once, in the traces that the rows came with.

A batch has a trace of its own, with a link to each row's; each row that came with a sampled trace gets a span
in that one, with a link to the batch. So the trace of a request goes on to what became of its record, whoever
did it and however many others were in the same commit. Source: OpenTelemetry's conventions for messaging.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanContext, SpanKind, Tracer, get_current_span
from tidelake.runtime.telemetry import extract

# What its type stubs say is known in part only.
pc: Any = pyarrow.compute

MOST = 100
"""Rows of one batch that get a span; the SDK keeps 128 links of a span, and a collector has its limits."""

POSITION_ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "topic": "messaging.destination.name",
        "partition": "messaging.destination.partition.id",
        "offset": "messaging.kafka.offset",
    }
)
"""Of bronze's columns. Source: OpenTelemetry's conventions for messaging."""

Attributes = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class RowSpans:
    """Makes the spans; none at all without a tracer, where nobody would export them."""

    tracer: Tracer | None = None

    def done(
        self,
        name: str,
        rows: pa.Table,
        began: datetime,
        ended: datetime,
        attributes: Attributes,
        columns: Mapping[str, str],
    ) -> None:
        """What was done to `rows`, which have bronze's column `headers`, between these times.

        `attributes` are the batch's and each row's; `columns` name the rows' own: attribute by column.
        """
        traced = [] if self.tracer is None else list(_traced(rows))
        if self.tracer is None or not traced:
            return
        start, end = _nanoseconds(began), _nanoseconds(ended)
        links = [Link(_span_context(context)) for _, context in traced]
        batch = self.tracer.start_span(
            f"{name} batch",
            Context(),
            SpanKind.CONSUMER,
            {**attributes, "lake.rows": len(rows)},
            links,
            start,
        )
        for row, context in traced:
            own: dict[str, Any] = {
                attribute: value
                for column, attribute in columns.items()
                if (value := rows[column][row].as_py()) is not None
            }
            span = self.tracer.start_span(
                name,
                context,
                SpanKind.CONSUMER,
                {**attributes, **own},
                [Link(batch.get_span_context())],
                start,
            )
            span.end(end)
        batch.end(end)


def _traced(rows: pa.Table) -> Iterator[tuple[int, Context]]:
    """Number and context of the first rows that came with a sampled trace, as many as get spans."""
    found = 0
    for row in _rows_with(rows, "traceparent"):
        headers = cast("Sequence[Mapping[str, Any]]", rows["headers"][row].as_py())
        context = extract([(header["key"], header["value"]) for header in headers])
        if _span_context(context).trace_flags.sampled:
            yield row, context
            found += 1
        if found == MOST:
            return


def _rows_with(rows: pa.Table, header: str) -> list[int]:
    """Numbers of the rows that have this header, ascending."""
    headers: Any = cast("Any", rows["headers"]).combine_chunks()
    has = pc.equal(pc.struct_field(pc.list_flatten(headers), "key"), header)
    return cast("list[int]", pc.unique(pc.list_parent_indices(headers).filter(has)).to_pylist())


def _span_context(context: Context) -> SpanContext:
    return get_current_span(context).get_span_context()


def _nanoseconds(time: datetime) -> int:
    return int(time.timestamp() * 1_000_000) * 1000
