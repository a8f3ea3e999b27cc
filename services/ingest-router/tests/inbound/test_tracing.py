from ingest_router.inbound.tracing import RequestTracing
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def tracing(always: bool = False) -> RequestTracing:
    sampler = None if always else ParentBased(ALWAYS_OFF)
    return RequestTracing(TracerProvider(sampler=sampler).get_tracer("test"), always)


def test_a_trace_that_comes_in_goes_on_under_a_span_of_its_own() -> None:
    with tracing().request("POST", TRACEPARENT, "vendor=1") as headers:
        found = dict(headers)
    assert (found["traceparent"] or b"").startswith(b"00-0af7651916cd43dd8448eb211c80319c-")
    assert found["traceparent"] != TRACEPARENT.encode()
    assert found["tracestate"] == b"vendor=1"


def test_without_a_trace_and_without_an_exporter_there_is_no_header() -> None:
    with tracing().request("POST", None, None) as headers:
        assert headers == []


def test_a_trace_that_cannot_be_read_is_none() -> None:
    with tracing().request("POST", "00-zz", None) as headers:
        assert headers == []


def test_with_an_exporter_every_request_begins_a_trace() -> None:
    with tracing(always=True).request("POST", None, None) as headers:
        assert [name for name, _ in headers] == ["traceparent"]
