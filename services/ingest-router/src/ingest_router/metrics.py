"""Every metric of the door, with its meaning. Times in seconds, sizes in bytes.

http.server.request.duration    OpenTelemetry's: from a request's head to its answer, by status and route
rpc.server.call.duration        OpenTelemetry's, of each gRPC batch, by status
lake.ingest.ack.duration        from handing a batch to Kafka to having all its answers
lake.ingest.records             by address and outcome: acknowledged, unconfirmed, or the first rule broken
lake.ingest.requests.refused    requests refused as a whole, whose records were never counted, by reason
lake.ingest.batch.records       records in a request
lake.ingest.inflight.bytes      bytes of requests that are in this process
lake.ingest.counts.unpublished  datasets whose newest count Kafka does not have yet
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from ingest_router.core.refusals import Reason
from ingest_router.core.tally import DatasetCount

_ACK_BUCKETS_S = (0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_RECORD_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class DoorMetrics:
    """What requests measure."""

    def __init__(self, meter: Meter) -> None:
        self._http = meter.create_histogram(
            "http.server.request.duration",
            unit="s",
            description="Duration of HTTP server requests",
            explicit_bucket_boundaries_advisory=_ACK_BUCKETS_S,
        )
        self._rpc = meter.create_histogram(
            "rpc.server.call.duration",
            unit="s",
            description="Duration of each gRPC batch",
            explicit_bucket_boundaries_advisory=_ACK_BUCKETS_S,
        )
        self._ack = meter.create_histogram(
            "lake.ingest.ack.duration",
            unit="s",
            description="From handing a batch to Kafka to having all its answers",
            explicit_bucket_boundaries_advisory=_ACK_BUCKETS_S,
        )
        self._batch = meter.create_histogram(
            "lake.ingest.batch.records",
            unit="{record}",
            description="Records in a request",
            explicit_bucket_boundaries_advisory=_RECORD_BUCKETS,
        )
        self._refused = meter.create_counter(
            "lake.ingest.requests.refused",
            unit="{request}",
            description="Requests refused as a whole, whose records were never counted",
        )

    def http_answered(self, route: str, status: int, seconds: float) -> None:
        attributes = {
            "http.request.method": "POST",
            "http.route": route,
            "http.response.status_code": status,
            "url.scheme": "http",
        }
        self._http.record(seconds, attributes)

    def rpc_answered(self, method: str, code: str, seconds: float) -> None:
        attributes = {"rpc.system.name": "grpc", "rpc.method": method, "rpc.response.status_code": code}
        self._rpc.record(seconds, attributes)

    def acknowledged(self, records: int, seconds: float) -> None:
        self._batch.record(records)
        self._ack.record(seconds)

    def request_refused(self, reason: Reason) -> None:
        self._refused.add(1, {"reason": reason.value})


def observe_door(
    meter: Meter,
    counts: Callable[[], Iterable[DatasetCount]],
    in_flight_bytes: Callable[[], int],
    unpublished: Callable[[], int],
) -> None:
    """What is read only when somebody looks. Read on another thread than the loop's."""

    def records(_options: CallbackOptions) -> Iterable[Observation]:
        for count in counts():
            for outcome, number in (
                ("acknowledged", count.acknowledged),
                ("unconfirmed", count.unconfirmed),
                *count.refused.items(),
            ):
                yield Observation(number, {"dataset": count.dataset, "outcome": outcome})

    meter.create_observable_counter(
        "lake.ingest.records", [records], unit="{record}", description="Records by dataset and outcome"
    )
    meter.create_observable_gauge(
        "lake.ingest.inflight.bytes",
        [lambda _options: [Observation(in_flight_bytes())]],
        unit="By",
        description="Bytes of requests that are in this process",
    )
    meter.create_observable_gauge(
        "lake.ingest.counts.unpublished",
        [lambda _options: [Observation(unpublished())]],
        unit="{dataset}",
        description="Datasets whose newest count Kafka does not have yet",
    )
