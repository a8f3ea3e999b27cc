"""The log-router as its users run it: processes of one group, on a real broker and a store over HTTP."""

import os
import threading
from collections.abc import Generator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as Position
from tidelake.contracts.names import DEAD_LETTERS, LOGS_INBOUND
from tidelake.ledger import take_log_balance
from tidelake.ledger.balance import Verdict
from tidelake.ledger.log_balance import LogBalance
from tidelake.local.internal_topics import make_internal_topics
from tidelake.local.recent_records import records_since
from tidelake.runtime.clock import SystemClock
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.streams.values import TopicPartition
from tidelake.testkit.raw_records import append_raw
from tidelake.testkit.road.dataset import Dataset, make_topic
from tidelake.testkit.road.ports import quiet_port
from tidelake.testkit.road.records import Content
from tidelake.testkit.road.road import Road, running_road
from tidelake.testkit.road.service_process import ServiceProcess
from tidelake.testkit.road.waiting import until

pytestmark = pytest.mark.conformance

Headers = Sequence[tuple[str, bytes | None]]
_CE = ("ce_specversion", "ce_source", "ce_type", "ce_dataschema", "content-type", "ce_id", "ce_receivedtime")


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory, kafka_bootstrap: str) -> Generator[Road]:
    make_internal_topics(kafka_bootstrap)
    with running_road(tmp_path_factory.mktemp("logs"), kafka_bootstrap) as road:
        yield road


class Shipper:
    """Writes lines to the inbound topic and remembers where Kafka has them."""

    def __init__(self, road: Road) -> None:
        self._producer = Producer({"bootstrap.servers": road.bootstrap, "linger.ms": 5})
        self._topic_id = road.kafka.topic_id(LOGS_INBOUND.name)
        self.shipped: dict[str, tuple[bytes | None, bytes | None, Headers]] = {}

    def ship(
        self, values: Iterable[bytes | None], headers: Headers, key: bytes | None = b"host-1"
    ) -> dict[str, bytes | None]:
        """Returns when Kafka has them; each value by its position."""
        batch: dict[str, bytes | None] = {}

        def on_delivery(error: object, message: object) -> None:
            assert error is None, error
            at = f"{self._topic_id}/{message.partition()}/{message.offset()}"  # type: ignore[attr-defined]
            value = message.value()  # type: ignore[attr-defined]
            batch[at] = value
            self.shipped[at] = (value, key, headers)

        for number, value in enumerate(values):
            self._producer.produce(
                LOGS_INBOUND.name,
                value,
                key,
                partition=number % LOGS_INBOUND.partitions,
                headers=list(headers),
                on_delivery=on_delivery,
            )
            self._producer.poll(0)
        assert self._producer.flush(30) == 0
        return batch


def lines(first: int, count: int) -> list[bytes]:
    return [b"line-%d %d" % (number, number) for number in range(first, first + count)]


def header(content: Content, name: str) -> str:
    return (dict(reversed(content.headers or ()))[name] or b"").decode()


def routed(road: Road, dataset: Dataset) -> dict[str, list[Content]]:
    """What the dataset's topic has, by ce_id."""
    found: dict[str, list[Content]] = {}
    for content in road.kafka.read(dataset.topic).records.values():
        found.setdefault(header(content, "ce_id"), []).append(content)
    return found


def dead(road: Road) -> dict[str, Content]:
    """What the dead letters have, by origin."""
    records = road.kafka.read(DEAD_LETTERS.name).records.values()
    return {header(content, "origin"): content for content in records}


def lag(worker: ServiceProcess) -> int | None:
    text = httpx.get(f"{worker.url}/metrics", trust_env=False).text
    found = [line for line in text.splitlines() if line.startswith("lake_logs_lag{")]
    return int(sum(float(line.rpartition(" ")[2]) for line in found)) if found else None


def test_a_line_that_belongs_to_no_dataset_is_a_dead_letter_with_all_its_bytes(road: Road) -> None:
    worker, shipper = road.log_router("dead").start(), Shipper(road)
    given: list[tuple[str, bytes | None, Headers]] = [
        ("unknown_stream", b"\xff\x00 not text", [("stream", b"nobody's"), ("a", b"1"), ("a", None)]),
        ("no_stream", b"a line", [("host", b"h")]),
        ("no_stream", b"a line", []),
        ("unreadable_stream", b"a line", [("stream", b"\xff")]),
        ("no_line", None, [("stream", b"nobody's")]),
    ]
    expected: dict[str, tuple[str, bytes | None, Headers]] = {}
    for reason, value, headers in given:
        (at,) = shipper.ship([value], headers)
        expected[at] = reason, value, headers
    end = road.kafka.ends(LOGS_INBOUND.name)[1]
    unreadable = f"{road.kafka.topic_id(LOGS_INBOUND.name)}/1/{end}"
    append_raw(
        road.bootstrap,
        TopicPartition(LOGS_INBOUND.name, 1),
        b"a line",
        None,
        [(b"\xff", b"1"), (b"stream", b"nobody's")],
    )
    until(lambda: {*expected, unreadable} <= dead(road).keys(), 20.0, worker.tail)
    assert (dead(road)[unreadable].headers or ())[2:] == (("\\xff", b"1"), ("stream", b"nobody's"))
    for at, (reason, value, headers) in expected.items():
        letter = dead(road)[at]
        assert (header(letter, "reason"), letter.value, letter.key) == (reason, value, b"host-1")
        assert (letter.headers or ())[2:] == tuple(headers)
    assert worker.stop() == 0


def test_more_workers_share_the_load_and_neither_a_rebalance_nor_a_kill_loses_a_line(road: Road) -> None:
    dataset, shipper = road.publish_log(), Shipper(road)
    stream: Headers = [("stream", dataset.name.encode()), ("host", b"h")]
    first, second = (road.log_router(name) for name in ("shared-1", "shared-2"))
    first.start()
    enough = threading.Event()

    def ship() -> None:
        number = 0
        while not enough.wait(0.02):
            shipper.ship(lines(number, 20), stream)
            number += 20

    load = threading.Thread(target=ship)
    load.start()
    try:
        until(lambda: len(routed(road, dataset)) > 500, 30.0, first.tail)
        second.start()
        group = f"{road.group}-logs"

        def owners() -> set[str]:
            return set(road.kafka.owners(group, LOGS_INBOUND.name).values())

        until(
            lambda: owners() == {"shared-1", "shared-2"}, 45.0, lambda: f"{first.tail()}\n\n{second.tail()}"
        )
        before = len(routed(road, dataset))
        until(lambda: len(routed(road, dataset)) > before + 500, 30.0, second.tail)
        first.kill()  # with lines in its hands; the other one takes its partitions over
        until(lambda: owners() == {"shared-2"}, 40.0, second.tail)
    finally:
        enough.set()
        load.join()
    until(lambda: shipper.shipped.keys() <= routed(road, dataset).keys(), 40.0, second.tail)
    until(lambda: lag(second) == 0, 10.0, second.tail)
    found = routed(road, dataset)
    assert found.keys() == shipper.shipped.keys(), "nothing was made up"
    for at, (value, key, headers) in shipper.shipped.items():
        for repeat in found[at]:
            assert (repeat.value, repeat.key) == (value, key)
            assert tuple(name for name, _ in (repeat.headers or ())[: len(_CE)]) == _CE
            assert (repeat.headers or ())[len(_CE) :] == tuple(headers)
    assert second.stop() == 0, "in order, with everything committed"
    again = road.log_router("shared-3").start()
    until(lambda: lag(again) == 0, 20.0, again.tail)
    assert sum(map(len, routed(road, dataset).values())) == sum(map(len, found.values())), "nothing twice"
    assert again.stop() == 0


def test_a_contract_published_later_is_followed_without_a_restart_by_all_datasets_of_its_stream(
    road: Road,
) -> None:
    worker, shipper = road.log_router("later").start(), Shipper(road)
    one = road.publish_log()
    other = road.publish_log(stream=one.name)
    until(lambda: any(one.name in str(told) for told in worker.events("routes_changed")), 10.0, worker.tail)
    until(lambda: other.name in str(list(worker.events("routes_changed"))[-1]), 10.0, worker.tail)
    batch = shipper.ship(lines(0, 10), [("stream", one.name.encode())])
    for dataset in (one, other):
        until(lambda: batch.keys() <= routed(road, dataset).keys(), 20.0, worker.tail)  # noqa: B023
    assert worker.stop() == 0


def test_a_partition_that_stands_still_ends_the_worker_which_loses_nothing_by_it(road: Road) -> None:
    dataset, shipper = road.publish_log(max_record_bytes=1024), Shipper(road)
    worker = road.log_router("stalled", STALL_TIMEOUT=3, STOP_TIMEOUT=3).start()
    line = os.urandom(200_000)  # larger than its topic takes
    batch = shipper.ship([line], [("stream", dataset.name.encode())])
    (at,) = batch
    assert worker.wait_exit(within=40) == 1
    assert f"{LOGS_INBOUND.name}/{at.split('/')[1]} has stood at offset {at.split('/')[2]}" in worker.tail()
    make_topic(road.bootstrap, dataset.topic, dataset.partitions)  # somebody mends the topic
    worker.start()
    until(lambda: batch.keys() <= routed(road, dataset).keys(), 30.0, worker.tail)
    assert worker.stop() == 0


def test_the_ledger_finds_each_line_in_datasets_or_dead_letters_and_names_those_that_are_lost(
    road: Road, tmp_path: Path
) -> None:
    """All lines of this module are in it, with those that a killed worker routed twice."""
    dataset, shipper = road.publish_log(), Shipper(road)
    stream: Headers = [("stream", dataset.name.encode())]
    worker, writer = road.log_router("counted").start(), road.writer("counted-writer").start()
    shipper.ship(lines(0, 40), stream)
    shipper.ship([b"a line"] * 4, [])
    until(lambda: len(routed(road, dataset)) == 40, 60.0, worker.tail)
    road.wait_caught_up(dataset)
    assert writer.stop() == 0
    shipper.ship(lines(40, 20), stream)
    until(lambda: len(routed(road, dataset)) == 60, 60.0, worker.tail)
    (at,) = (partition for partition, end in road.kafka.ends(dataset.topic).items() if end)  # one key
    road.kafka.forget(dataset.topic, at, below=30)  # of 40 that bronze has
    balance = count(road)
    assert balance.verdict is Verdict.BALANCED, balance
    assert balance.lines == balance.routed + balance.dead_letters > 64
    (ours,) = (one for one in balance.datasets if one.address == dataset.address)
    assert (ours.lines, ours.strangers) == (60, 0)
    assert balance.reasons["no_stream"] >= 4
    hour = datetime.now(UTC) - timedelta(hours=1)  # as ./lake doctor counts them
    assert records_since(road.bootstrap, DEAD_LETTERS.name, hour) >= 4
    assert records_since(road.bootstrap, LOGS_INBOUND.name, hour) >= 64
    assert records_since(road.bootstrap, LOGS_INBOUND.name, datetime.now(UTC) + timedelta(hours=1)) == 0

    writer.start()
    monitor = watching(road, tmp_path)
    assert worker.stop() == 0
    waiting = shipper.ship(lines(60, 4), stream)
    with mock.patch.object(take_log_balance, "LOG_PATIENCE_S", 1.0):
        behind = count(road)
    assert (behind.verdict, behind.waiting, behind.missing) == (Verdict.BEHIND, 4, 0)

    lost = min(waiting)
    _, partition, offset = lost.split("/")
    group = Consumer({"bootstrap.servers": road.bootstrap, "group.id": f"{road.group}-logs"})
    assert not gaps_told(monitor), "what waits is no gap"
    past = [Position(LOGS_INBOUND.name, int(partition), int(offset) + 1)]
    group.commit(offsets=past, asynchronous=False)  # as a router would that commits what it has not sent
    group.close()
    worker.start()
    until(lambda: lag(worker) == 0, 30.0, worker.tail)
    found = count(road)
    assert (found.verdict, found.missing, found.waiting) == (Verdict.NOT_BALANCED, 1, 0)
    assert found.examples == (lost,)
    until(lambda: gaps_told(monitor), 40.0, monitor.tail)
    assert f"lines lost: 1 in no dataset and no dead letter (partition {partition} offset {offset})" in str(
        gaps_told(monitor)
    )
    assert worker.stop() == 0


def test_a_worker_whose_topic_is_made_anew_ends_and_then_begins_at_the_new_ones_start(road: Road) -> None:
    """The last of this module: the other lines are gone by it."""
    dataset = road.publish_log()
    stream: Headers = [("stream", dataset.name.encode())]
    worker = road.log_router("remade").start()
    before = Shipper(road).ship(lines(0, 40), stream)
    until(lambda: before.keys() <= routed(road, dataset).keys(), 30.0, worker.tail)
    until(lambda: lag(worker) == 0, 20.0, worker.tail)
    committed = max(road.kafka.ends(LOGS_INBOUND.name).values())
    KafkaTopics(road.bootstrap, "tests", timedelta(seconds=60)).delete(LOGS_INBOUND.name)
    make_internal_topics(road.bootstrap)
    assert worker.wait_exit(within=40) == 1
    assert f"{LOGS_INBOUND.name} was made anew" in worker.tail()
    longer = LOGS_INBOUND.partitions * (committed + 10)  # so that nothing but the id tells one from the other
    after = Shipper(road).ship(lines(40, longer), stream)
    worker.start()
    until(lambda: after.keys() <= routed(road, dataset).keys(), 60.0, worker.tail)
    assert routed(road, dataset).keys() == before.keys() | after.keys()
    assert worker.stop() == 0


def count(road: Road) -> LogBalance:
    return take_log_balance.take_log_balance(
        [dataset.contract for dataset in road.datasets],
        storage=road.storage,
        bootstrap=road.bootstrap,
        topics=KafkaTopics(road.bootstrap, "tests"),
        clock=SystemClock(),
        progress=lambda _: None,
        group=f"{road.group}-logs",
    )


def watching(road: Road, folder: Path) -> ServiceProcess:
    """A monitor that has looked at the lake."""
    settings = {
        "LAKE_ROOT": road.emulator.lake_root,
        "GCS_SERVICE_ACCOUNT": road.emulator.service_account_path,
        "KAFKA_BOOTSTRAP_SERVERS": road.bootstrap,
        "LOG_ROUTER_GROUP": f"{road.group}-logs",
        "GRPC_PORT": quiet_port(),
        "LOOK_INTERVAL": 0.5,
    }
    monitor = ServiceProcess("monitor", "counted-monitor", settings, folder)
    road.services.append(monitor)
    return monitor.start()


def gaps_told(monitor: ServiceProcess) -> list[dict[str, Any]]:
    fires = monitor.events("alert_fires")
    return [one for one in fires if (one["alert"], one["dataset"]) == ("LedgerGap", LOGS_INBOUND.name)]
