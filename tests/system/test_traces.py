"""One trace goes from a request through Kafka and bronze to silver's outcome."""

from collections.abc import Callable

import httpx
import pytest
from tidelake.testkit.otlp import Collector, SeenSpan, running_collector
from tidelake.testkit.road.dataset import Dataset
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.service_process import ServiceProcess
from tidelake.testkit.road.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.query_layer, pytest.mark.timeout(600)]

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
OTHER = "0af7651916cd43dd8448eb211c80319c"


def send(road: Road, router: ServiceProcess, dataset: Dataset, record: dict[str, object], trace: str) -> None:
    answer = httpx.post(
        f"{router.url}/v1/datasets/{dataset.address}/events",
        json=record,
        headers={"Authorization": f"Bearer {road.api_key}", "traceparent": f"00-{trace}-{CALLER}-01"},
        trust_env=False,
    )
    assert answer.is_success, answer.text


def test_a_trace_goes_from_the_request_to_the_outcome(
    road: Road, processor: Callable[..., ServiceProcess]
) -> None:
    dataset = road.publish(partitions=1)
    with running_collector() as collector:
        told = {"OTLP_ENDPOINT": collector.endpoint}
        router, writer = road.router(**told).start(), road.writer(**told).start()
        silver = processor("silver-1", **told).start(wait=False)
        send(road, router, dataset, {"id": "a", "n": 1}, TRACE)
        send(road, router, dataset, {"id": "a", "n": 1}, OTHER)

        def arrived() -> bool:
            return all(_named(collector, trace, "silver decision") for trace in (TRACE, OTHER))

        until(arrived, 240.0, lambda: f"spans of silver: {collector.spans}\n{silver.tail()}", every=1.0)
        assert [one.stop() for one in (router, writer, silver)] == [0, 0, 0]

    (request,) = [span for span in collector.of_trace(TRACE) if span.service == "ingest-router"]
    (bronze,) = _named(collector, TRACE, "bronze commit")
    (decision,) = _named(collector, TRACE, "silver decision")
    assert request.parent == CALLER
    assert bronze.parent == decision.parent == request.span
    assert bronze.attributes["lake.table"] == dataset.contract.bronze_path
    assert decision.attributes["lake.table"] == dataset.contract.silver_path
    assert decision.attributes["lake.outcome"] == "inserted"
    for span in (bronze, decision):
        position = [
            span.attributes[f"messaging.{name}"] for name in ("destination.partition.id", "kafka.offset")
        ]
        assert position == [0, 0]
        (link,) = span.links
        (batch,) = [one for one in collector.spans if (one.trace, one.span) == link]
        assert (TRACE, request.span) in batch.links
    (repeat,) = _named(collector, OTHER, "silver decision")
    assert repeat.attributes["lake.outcome"] == "duplicate"


def _named(collector: Collector, trace: str, name: str) -> list[SeenSpan]:
    return [span for span in collector.of_trace(trace) if span.name == name]
