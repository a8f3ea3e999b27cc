"""Every metric of the gateway, with its meaning. Times in seconds.

http.server.request.duration   OpenTelemetry's: from a request's head to its answer's, by status and route
rpc.server.call.duration       OpenTelemetry's, of each gRPC call to its end, by status
lake.query.preparation         from a question to its statement: guard, and the versions of its tables
lake.query.first.rows          from a question to its first rows, Trino's work included
lake.query.rows                rows given
lake.query.refused             questions without an answer, by reason
lake.query.open                answers that are being read
"""

from __future__ import annotations

from collections.abc import Callable

from opentelemetry.metrics import Meter, Observation

from query_gateway.core.refusals import Reason

_BUCKETS_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)


class GatewayMetrics:
    """What questions measure."""

    def __init__(self, meter: Meter) -> None:
        self._http = meter.create_histogram(
            "http.server.request.duration",
            unit="s",
            description="Duration of HTTP server requests",
            explicit_bucket_boundaries_advisory=_BUCKETS_S,
        )
        self._rpc = meter.create_histogram(
            "rpc.server.call.duration",
            unit="s",
            description="Duration of gRPC calls",
            explicit_bucket_boundaries_advisory=_BUCKETS_S,
        )
        self._preparation = meter.create_histogram(
            "lake.query.preparation",
            unit="s",
            description="From a question to its statement",
            explicit_bucket_boundaries_advisory=_BUCKETS_S,
        )
        self._first_rows = meter.create_histogram(
            "lake.query.first.rows",
            unit="s",
            description="From a question to its first rows",
            explicit_bucket_boundaries_advisory=_BUCKETS_S,
        )
        self._rows = meter.create_counter("lake.query.rows", unit="{row}", description="Rows given")
        self._refused = meter.create_counter(
            "lake.query.refused", unit="{question}", description="Questions without an answer"
        )

    def http_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        attributes = {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            "url.scheme": "http",
        }
        self._http.record(seconds, attributes)

    def rpc_answered(self, method: str, code: str, seconds: float) -> None:
        attributes = {"rpc.system.name": "grpc", "rpc.method": method, "rpc.response.status_code": code}
        self._rpc.record(seconds, attributes)

    def began(self, preparation_s: float, first_rows_s: float) -> None:
        self._preparation.record(preparation_s)
        self._first_rows.record(first_rows_s)

    def ended(self, rows: int) -> None:
        self._rows.add(rows)

    def refused(self, reason: Reason) -> None:
        self._refused.add(1, {"reason": reason.value})


def observe_gateway(meter: Meter, open_answers: Callable[[], int]) -> None:
    """What is read only when somebody looks."""
    meter.create_observable_gauge(
        "lake.query.open",
        [lambda _options: [Observation(open_answers())]],
        unit="{answer}",
        description="Answers that are being read",
    )
