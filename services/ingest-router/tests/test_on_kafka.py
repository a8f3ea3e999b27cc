"""The door as its users run it: a process of its own, on a real broker and a store over HTTP."""

import signal
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from tidelake.client import IngestClient
from tidelake.client.rpc import GrpcIngestClient
from tidelake.contracts.keys import list_keys, revoke_key
from tidelake.contracts.names import INGEST_COUNTS, events_topic
from tidelake.local.cache import cache_folder
from tidelake.local.fetching import ArtifactCache
from tidelake.local.home import Home
from tidelake.local.internal_topics import make_internal_topics
from tidelake.local.kafka import Kafka, KafkaSettings
from tidelake.local.kafka_install import install_kafka
from tidelake.local.maven import MavenRepository
from tidelake.local.process import Child, launch
from tidelake.local.readiness import wait_until_ready
from tidelake.runtime.certificates import verified
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.testkit.road.dataset import Dataset
from tidelake.testkit.road.ports import quiet_port
from tidelake.testkit.road.road import Road, running_road
from tidelake.testkit.road.service_process import ServiceProcess
from tidelake.testkit.road.waiting import pause, until

TYPICAL = [orjson.dumps({"id": f"e{n}", "n": n, "text": "x" * n}) for n in range(200)]


def post(door: ServiceProcess, road: Road, dataset: Dataset, body: bytes, **more: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {road.api_key}", "content-type": "application/x-ndjson"}
    url = f"{door.url}/v1/datasets/{dataset.name}/events"
    return httpx.post(
        url, content=body, headers=headers, timeout=30, trust_env=False, verify=verified(url), **more
    )


@pytest.fixture
def road(tmp_path: Path, kafka_bootstrap: str) -> Generator[Road]:
    make_internal_topics(kafka_bootstrap)
    with running_road(tmp_path, kafka_bootstrap) as road:
        yield road
        published = {entry.path.split("/")[1] for entry in road.storage.objects().list("contracts/")}
        for dataset in published:
            KafkaTopics(kafka_bootstrap, "tests").delete(events_topic(dataset, 1))


@pytest.mark.conformance
class TestOnASharedBroker:
    def test_each_receipt_names_the_place_where_exactly_these_bytes_are(self, road: Road) -> None:
        dataset = road.publish(partitions=3)
        grpc_port = quiet_port()
        door = road.router(GRPC_PORT=grpc_port).start()
        with IngestClient(door.url, road.api_key) as by_http:
            half = by_http.publish(dataset.name, TYPICAL[:100])
        with GrpcIngestClient(f"127.0.0.1:{grpc_port}", road.api_key) as by_grpc:
            other_half = by_grpc.publish(dataset.name, TYPICAL[100:])
        kept = {
            (position.partition, position.offset): content
            for position, content in road.kafka.read(dataset.topic).records.items()
        }
        receipts = (*half.accepted, *other_half.accepted)
        assert len(receipts) == len(kept) == 200
        for sent, receipt in zip(TYPICAL, receipts, strict=True):
            assert receipt.partition is not None
            assert receipt.offset is not None
            content = kept[receipt.partition, receipt.offset]
            assert content.value == sent
            assert content.key == (receipt.event_id or "").encode()
            assert dict(content.headers or ())["ce_id"] == content.key

    def test_the_last_count_of_a_run_is_what_its_senders_saw(self, road: Road) -> None:
        dataset = road.publish()
        door = road.router().start()
        answer = post(door, road, dataset, b"\n".join([*TYPICAL, b"{oops", b'{"id":1,"n":1}'])).json()
        assert door.stop() == 0
        counts = [
            orjson.loads(content.value or b"")
            for content in road.kafka.read(INGEST_COUNTS.name).records.values()
        ]
        last = max((one for one in counts if one["dataset"] == dataset.name), key=lambda one: one["seq"])
        assert last["final"]
        assert last["received"] == answer["received"] == 202
        assert last["acknowledged"] == answer["accepted"] == 200
        assert last["refused"] == {"json": 1, "type": 1}

    def test_the_largest_record_that_the_limit_allows_comes_through(self, road: Road) -> None:
        dataset = road.publish()
        door = road.router().start()
        frame = len(orjson.dumps({"id": "e", "n": 1, "text": ""}))
        largest = orjson.dumps({"id": "e", "n": 1, "text": "x" * (1024 * 1024 - frame)})
        assert post(door, road, dataset, largest).status_code == 200
        refused = post(door, road, dataset, largest[:-2] + b'x"}')
        assert refused.status_code == 413
        assert "max_record_bytes" in refused.json()["detail"]

    def test_a_revoked_key_stops_working_within_five_seconds(self, road: Road) -> None:
        dataset = road.publish()
        door = road.router().start()
        assert post(door, road, dataset, TYPICAL[0]).status_code == 200
        objects = road.storage.objects()
        for key in list_keys(objects)[0]:
            revoke_key(objects, key.id)
        until(lambda: post(door, road, dataset, TYPICAL[0]).status_code == 401, 5.0, "the key is refused")

    def test_a_contract_published_later_is_served_without_a_restart(self, road: Road) -> None:
        door = road.router().start()
        dataset = road.publish()
        with IngestClient(door.url, road.api_key) as client:
            until(lambda: client.dataset(dataset.name), 5.0, "the dataset is served")
            assert len(client.publish(dataset.name, TYPICAL[:3]).accepted) == 3

    def test_a_store_away_at_start_is_waited_for(self, road: Road) -> None:
        dataset = road.publish()
        road.emulator.stop()
        door = road.router().start(wait=False)
        until(lambda: "nothing is taken: keys" in door.reasons(), 20.0, lambda: str(door.report()))
        refused = post(door, road, dataset, TYPICAL[0])
        assert refused.status_code == 503
        assert "Nothing of the request was taken" in refused.json()["detail"]
        road.emulator.start()
        door.wait_ready()
        assert post(door, road, dataset, TYPICAL[0]).status_code == 200

    def test_settings_that_cannot_work_end_it_with_2_and_all_reasons(self, road: Road) -> None:
        door = road.router(MAX_RECORD_BYTES="lots", HTTP_PROT="1").start(wait=False)
        assert door.wait_exit() == 2
        assert "INGEST_ROUTER_MAX_RECORD_BYTES='lots'" in door.tail()
        assert "Did you mean INGEST_ROUTER_HTTP_PORT?" in door.tail()

    def test_metrics_count_what_was_received(self, road: Road) -> None:
        dataset = road.publish()
        door = road.router().start()
        post(door, road, dataset, b"\n".join([*TYPICAL[:5], b"{oops"]))
        text = httpx.get(f"{door.url}/metrics", trust_env=False).text
        name = dataset.name
        assert f'lake_ingest_records_total{{dataset="{name}",outcome="acknowledged"}} 5.0' in text
        assert f'lake_ingest_records_total{{dataset="{name}",outcome="json"}} 1.0' in text
        assert "lake_ingest_ack_duration_seconds_count 1.0" in text


@pytest.fixture
def own_broker(tmp_path: Path) -> Generator[tuple[Kafka, Child]]:
    """A broker that a test may freeze."""
    home, cache = Home(tmp_path / "kafka"), cache_folder()
    artifacts = ArtifactCache(cache, MavenRepository.from_environ())
    kafka = Kafka(home, KafkaSettings(quiet_port(), quiet_port()), lambda: install_kafka(cache, artifacts))
    program = kafka.prepare()
    child = launch(kafka, program, home)
    try:
        wait_until_ready(kafka, child.outcome, home, program.start_timeout)
        yield kafka, child
    finally:
        child.handle.send_signal(signal.SIGKILL)
        child.handle.wait(10)


@pytest.mark.system
class TestOnABrokerThatHangs:
    @pytest.fixture
    def own_road(self, tmp_path: Path, own_broker: tuple[Kafka, Child]) -> Generator[Road]:
        bootstrap = own_broker[0].bootstrap_servers
        make_internal_topics(bootstrap)
        with running_road(tmp_path, bootstrap) as road:
            yield road

    def test_who_waits_is_told_may_be_kept_who_comes_later_is_told_nothing_was_taken(
        self, own_road: Road, own_broker: tuple[Kafka, Child]
    ) -> None:
        road, child = own_road, own_broker[1]
        dataset = road.publish()
        door = road.router(ACK_TIMEOUT=3, SLOW_AFTER=1).start()
        assert post(door, road, dataset, TYPICAL[0]).status_code == 200
        child.handle.send_signal(signal.SIGSTOP)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(post, door, road, dataset, b"\n".join(TYPICAL[1:4]))
            pause(1.5)
            assert post(door, road, dataset, TYPICAL[4]).status_code == 429, "it would only wait behind"
            answer = waiting.result()
        assert answer.status_code == 503
        assert [one["status"] for one in answer.json()["receipts"]] == ["unconfirmed"] * 3
        until(lambda: "Kafka did not answer" in door.reasons(), 10.0, lambda: str(door.report()))
        refused = post(door, road, dataset, TYPICAL[5])
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "1"
        child.handle.send_signal(signal.SIGCONT)
        door.wait_ready()
        again = post(door, road, dataset, b"\n".join(TYPICAL[1:4]))
        assert again.status_code == 200
        values = [content.value for content in road.kafka.read(dataset.topic).records.values()]
        assert set(values) >= set(TYPICAL[:4])
        assert TYPICAL[5] not in values

    def test_a_stop_with_kafka_away_ends_within_its_deadline_and_a_second_signal_at_once(
        self, own_road: Road, own_broker: tuple[Kafka, Child]
    ) -> None:
        road, child = own_road, own_broker[1]
        dataset = road.publish()
        patient = road.router("patient", STOP_TIMEOUT=4).start()
        forced = road.router("forced", STOP_TIMEOUT=60).start()
        child.handle.send_signal(signal.SIGSTOP)
        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(post, door, road, dataset, TYPICAL[0]) for door in (patient, forced)]
            until(lambda: all("Kafka" in d.reasons() for d in (patient, forced)), 15.0, "both know")
            for door in (patient, forced):
                door.terminate()
            until(lambda: any(forced.events("stopping")), 5.0, forced.tail)
            forced.terminate()
            assert forced.wait_exit(within=10) == 1
            assert "told twice to stop" in forced.tail()
            assert patient.wait_exit(within=15) == 0
            for one in waiting:
                assert one.result().status_code == 503
                assert one.result().json()["receipts"][0]["status"] == "unconfirmed"
        child.handle.send_signal(signal.SIGCONT)
