"""Metrics and traces: OpenTelemetry's SDK, read by Prometheus, sent by OTLP where an end point is set.

No global provider is set: what measures is given a meter, what traces is given a tracer.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CollectorRegistry, generate_latest

Headers = list[tuple[str, bytes | None]]

_OTLP_TIMEOUT_S = 3


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What a service measures and traces with."""

    meter: Meter
    tracer: trace.Tracer
    registry: CollectorRegistry
    exports: bool = False  # whether spans go anywhere

    @property
    def exported_tracer(self) -> trace.Tracer | None:
        """The tracer where somebody gets its spans, for those that are made for nobody else."""
        return self.tracer if self.exports else None

    def prometheus_text(self) -> bytes:
        """All metrics in Prometheus' text format (content type `text/plain; version=0.0.4`)."""
        return generate_latest(self.registry)


@contextmanager
def start_telemetry(
    service: str, version: str, instance: str, otlp_endpoint: str | None = None
) -> Generator[Telemetry]:
    """Telemetry of one process, for as long as the context is open.

    `otlp_endpoint` is the base address of an OTLP/HTTP collector (`http://host:4318`). Without one, spans are
    made only for requests that came with a sampled trace, so that its context travels on.
    """
    resource = Resource.create(
        {"service.name": service, "service.version": version, "service.instance.id": instance}
    )
    registry = CollectorRegistry()
    readers: list[MetricReader] = [PrometheusMetricReader(scope_info_enabled=False, registry=registry)]
    tracers = TracerProvider(
        resource=resource,
        sampler=ParentBased(ALWAYS_ON if otlp_endpoint else ALWAYS_OFF),
        shutdown_on_exit=False,
    )
    if otlp_endpoint:
        # A quarter of a second of processor time, and only this needs it.
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        base = otlp_endpoint.rstrip("/")
        exporter = OTLPMetricExporter(endpoint=f"{base}/v1/metrics", timeout=_OTLP_TIMEOUT_S)
        readers.append(PeriodicExportingMetricReader(exporter))
        spans = OTLPSpanExporter(endpoint=f"{base}/v1/traces", timeout=_OTLP_TIMEOUT_S)
        tracers.add_span_processor(BatchSpanProcessor(spans))
    meters = MeterProvider(metric_readers=readers, resource=resource, shutdown_on_exit=False)
    meter = meters.get_meter(service, version)
    _observe_process(meter)
    try:
        yield Telemetry(meter, tracers.get_tracer(service, version), registry, bool(otlp_endpoint))
    finally:
        tracers.shutdown()
        meters.shutdown(timeout_millis=_OTLP_TIMEOUT_S * 1000)


def inject(headers: Headers) -> None:
    """Appends the current trace context (W3C `traceparent`, `tracestate`) if there is a sampled one."""
    if not trace.get_current_span().get_span_context().trace_flags.sampled:
        return
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    headers.extend((name, text.encode()) for name, text in carrier.items())


def extract(headers: Sequence[tuple[str, bytes | None]]) -> Context:
    """The trace context that `inject` put into these headers, else an empty one. Never raises: headers are
    written by anyone."""
    carrier = {
        name: value.decode("ascii", "replace")
        for name, value in headers
        if value is not None and name in ("traceparent", "tracestate")
    }
    return TraceContextTextMapPropagator().extract(carrier, context=Context())


def _observe_process(meter: Meter) -> None:
    process = psutil.Process()

    def family() -> list[psutil.Process]:
        """With the processes that it started, as Spark's Java is one."""
        return [process, *process.children(recursive=True)]

    def cpu_time(_options: CallbackOptions) -> Iterable[Observation]:
        user = system = 0.0
        for one in family():
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                # Of children that have ended, their parent has the time.
                user += times.user + times.children_user
                system += times.system + times.children_system
        yield Observation(user, {"cpu.mode": "user"})
        yield Observation(system, {"cpu.mode": "system"})

    def memory(_options: CallbackOptions) -> Iterable[Observation]:
        resident = 0
        for one in family():
            with suppress(psutil.NoSuchProcess):
                resident += one.memory_info().rss
        yield Observation(resident)

    def threads(_options: CallbackOptions) -> Iterable[Observation]:
        yield Observation(process.num_threads())

    meter.create_observable_counter(
        "process.cpu.time",
        [cpu_time],
        unit="s",
        description="CPU seconds used by this process and those it started",
    )
    meter.create_observable_up_down_counter(
        "process.memory.usage",
        [memory],
        unit="By",
        description="Resident memory of this process and those it started",
    )
    meter.create_observable_up_down_counter(
        "process.thread.count", [threads], unit="{thread}", description="Threads of this process"
    )
