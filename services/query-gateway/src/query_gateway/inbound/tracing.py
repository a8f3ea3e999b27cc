"""A span per question, and its context for Trino, which goes on with it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry.trace import SpanKind, Tracer
from tidelake.runtime.telemetry import Headers, extract, inject


class RequestTracing:
    """Makes spans for questions that come with a trace, and for all of them if `always`."""

    def __init__(self, tracer: Tracer, always: bool) -> None:
        self._tracer = tracer
        self._always = always

    @contextmanager
    def request(
        self, name: str, traceparent: str | None, tracestate: str | None
    ) -> Generator[dict[str, str]]:
        """Yields the headers that carry the trace on; none when there is none."""
        if traceparent is None and not self._always:
            yield {}
            return
        came = [("traceparent", traceparent), ("tracestate", tracestate)]
        parent = extract([(key, text.encode()) for key, text in came if text is not None])
        with self._tracer.start_as_current_span(name, context=parent, kind=SpanKind.SERVER):
            headers: Headers = []
            inject(headers)
            yield {name: value.decode() for name, value in headers if value is not None}
