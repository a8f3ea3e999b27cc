import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.metrics import Observation
from tidelake.runtime.telemetry import Headers, extract, inject, start_telemetry

PARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@contextmanager
def collector() -> Generator[tuple[str, list[str]]]:
    """An OTLP/HTTP collector that keeps the paths it was sent to."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    thread.join()
    server.server_close()


def test_metrics_are_read_as_prometheus_text_with_the_process_own_among_them():
    with start_telemetry("door", "1.2.3", "host-1") as telemetry:
        telemetry.meter.create_counter("lake.records", unit="{record}").add(3, {"dataset": "flights"})
        telemetry.meter.create_observable_gauge("lake.lag", [lambda _: [Observation(7)]])
        text = telemetry.prometheus_text().decode()
    assert 'lake_records_total{dataset="flights"} 3.0' in text
    assert "lake_lag 7.0" in text
    assert 'process_cpu_time_seconds_total{cpu_mode="user"}' in text
    assert "process_memory_usage_bytes " in text
    assert 'service_instance_id="host-1"' in text


def test_two_in_one_process_do_not_mix():
    with start_telemetry("a", "1", "i") as one, start_telemetry("b", "1", "i") as two:
        one.meter.create_counter("lake.records").add(1)
        assert b"lake_records" not in two.prometheus_text()


def test_a_trace_that_came_in_travels_on_in_headers():
    with start_telemetry("door", "1", "i") as telemetry:
        parent = extract([("other", None), ("traceparent", PARENT), ("tracestate", b"a=b")])
        with telemetry.tracer.start_as_current_span("publish", context=parent):
            headers: Headers = [("ce_id", b"1")]
            inject(headers)
    assert headers[0] == ("ce_id", b"1")
    sent = dict(headers[1:])
    assert set(sent) == {"traceparent", "tracestate"}
    assert (sent["traceparent"] or b"").startswith(PARENT[:35])
    assert sent["tracestate"] == b"a=b"


def test_without_a_trace_nothing_is_added():
    headers: Headers = []
    inject(headers)
    with start_telemetry("door", "1", "i") as telemetry, telemetry.tracer.start_as_current_span("publish"):
        inject(headers)
    assert headers == []


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"00-zz-zz-01", PARENT * 1000, None])
def test_headers_that_are_no_trace_are_none(text: bytes | None):
    assert not extract([("traceparent", text)])


def test_spans_and_metrics_are_sent_where_an_end_point_is_set():
    with collector() as (address, paths):
        with start_telemetry("door", "1", "i", address) as telemetry:
            headers: Headers = []
            with telemetry.tracer.start_as_current_span("publish"):
                inject(headers)
        assert [name for name, _ in headers] == ["traceparent"]
        assert sorted(paths) == ["/v1/metrics", "/v1/traces"]
