"""The monitor as a process, on Kafka and an emulated store; silver's tables are written by the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import grpc
import httpx
import pytest
from confluent_kafka import Producer
from deltalake import DeltaTable
from monitor.generated import monitor_pb2 as pb
from monitor.generated.monitor_pb2_grpc import MonitorServiceStub
from monitor.on_tables import TablesOfDataset
from tidelake.contracts import names
from tidelake.local.internal_topics import make_internal_topics
from tidelake.testkit.road.ports import quiet_port
from tidelake.testkit.road.road import Road, running_road
from tidelake.testkit.road.service_process import ServiceProcess
from tidelake.testkit.road.waiting import until

pytestmark = pytest.mark.system

MOMENT = timedelta(milliseconds=400)
START_S = 90.0
SOON = 45.0
"""Within which everything is told: a look takes a second where others use the processor, and a minute is
promised."""


@dataclass
class Receiver:
    """Who is told of alerts: keeps what was posted. While `away`, it answers 503."""

    url: str
    posts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    away: bool = False

    def of(self, dataset: str, alert: str) -> list[dict[str, Any]]:
        """The alerts of that dataset and name, in their order."""
        return [
            one
            for post in list(self.posts)
            for one in post["alerts"]
            if one["labels"]["dataset"] == dataset and one["labels"]["alertname"] == alert
        ]

    def wait_for(self, dataset: str, alert: str, status: str) -> dict[str, Any]:
        """The first alert with that status."""

        def found() -> list[dict[str, Any]]:
            return [one for one in self.of(dataset, alert) if one["status"] == status]

        return until(found, SOON, f"{alert} of {dataset} {status}; told: {self.posts}")[0]


@dataclass(frozen=True)
class Watched:
    """A road with a monitor on it, which looks twice a second."""

    road: Road
    monitor: ServiceProcess
    grpc_port: int
    receiver: Receiver

    def dataset(self, records: int, freshness: timedelta = timedelta(hours=1)) -> WatchedDataset:
        """A new one with so many records in Kafka, all of them in bronze."""
        made = self.road.publish(partitions=1, freshness=freshness)
        producer = Producer({"bootstrap.servers": self.road.bootstrap, "linger.ms": 5})
        for number in range(records):
            producer.produce(made.topic, f'{{"id":"{number}"}}'.encode())
        producer.flush(30)
        tables = TablesOfDataset(self.road.storage, made.contract, self.road.kafka.topic_id(made.topic))
        return WatchedDataset(made.name, tables, made.contract.silver_path, made.contract.outcomes_path)

    def lake(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line, told of this lake."""
        told = {
            "LAKE_ROOT": self.road.emulator.lake_root,
            "LAKE_GCS_SERVICE_ACCOUNT": str(self.road.emulator.service_account_path),
            "LAKE_KAFKA_BOOTSTRAP_SERVERS": self.road.bootstrap,
            "LAKE_ROUTER_URL": "http://127.0.0.1:9",  # audit asks no door
        }
        return subprocess.run(
            [sys.executable, "-m", "tidelake.cli", *arguments],
            env=os.environ | told,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@dataclass(frozen=True)
class WatchedDataset:
    """One dataset and its tables."""

    name: str
    tables: TablesOfDataset
    silver_path: str
    outcomes_path: str


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def receiver() -> Generator[Receiver]:
    told = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            if not told.away:
                told.posts.append(json.loads(content))
            self.send_response(503 if told.away else 200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield told
    server.shutdown()


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory, kafka_bootstrap: str, receiver: Receiver
) -> Generator[Watched]:
    folder: Path = tmp_path_factory.mktemp("watched")
    make_internal_topics(kafka_bootstrap)
    with running_road(folder, kafka_bootstrap) as road:
        port, grpc_port = quiet_port(), quiet_port()
        settings = {
            "LAKE_ROOT": road.emulator.lake_root,
            "GCS_SERVICE_ACCOUNT": road.emulator.service_account_path,
            "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap,
            "GRPC_PORT": grpc_port,
            "WEBHOOK_URL": receiver.url,
            "ENDPOINTS": json.dumps({"monitor-1": f"http://127.0.0.1:{port}/metrics"}),
            "CONTRACTS_INTERVAL": 0.3,
            "LOOK_INTERVAL": 0.5,
            "PROCESS_INTERVAL": 0.5,
            "FILES_INTERVAL": 2,
            "GAP_PATIENCE": 1,
            "FRESHNESS_PATIENCE": 0.5,
        }
        monitor = ServiceProcess("monitor", "monitor-1", settings, folder, port)
        road.services.append(monitor)
        monitor.start(wait=False)
        monitor.wait_ready(START_S)
        yield Watched(road, monitor, grpc_port, receiver)


def look(watched: Watched, dataset: str) -> pb.Condition:
    """The newest condition of one dataset, by Watch."""
    with grpc.insecure_channel(f"127.0.0.1:{watched.grpc_port}") as channel:
        call: Any = MonitorServiceStub(channel).Watch(pb.WatchRequest(dataset=dataset))
        condition = next(call)
        call.cancel()
        return condition


def seen(watched: Watched, dataset: str, is_it: Callable[[pb.Dataset], object]) -> pb.Dataset:
    def found() -> list[pb.Dataset]:
        return [one for one in look(watched, dataset).datasets if is_it(one)]

    return until(found, SOON, lambda: f"{look(watched, dataset)}\n{watched.monitor.tail()}", every=0.3)[0]


def test_a_row_deleted_behind_the_services_back_is_told_with_its_position_and_ends_when_it_is_back(
    watched: Watched, now: datetime
) -> None:
    dataset = watched.dataset(records=8)
    dataset.tables.commit_bronze(0, 8, now, MOMENT)
    dataset.tables.commit_silver([0, 1, 2, 3], now, now + MOMENT)
    behind = seen(watched, dataset.name, lambda one: one.ledger.waiting == 4)
    assert not behind.ledger.faults, "silver that is merely behind is no gap"
    dataset.tables.table(dataset.silver_path).delete("lake_offset = 2")
    fires = watched.receiver.wait_for(dataset.name, "LedgerGap", "firing")
    (fault,) = look(watched, dataset.name).datasets[0].ledger.faults
    assert f"{dataset.name}: 1 in bronze without an outcome" in fires["annotations"]["summary"]
    assert "partition 0 offset 2" in fires["annotations"]["summary"]
    assert f"{fault.examples[0].topic_id}/0/2" in fires["annotations"]["description"]
    assert fires["labels"]["owner"] == "test-owners"
    dataset.tables.add_silver([2], now, now + MOMENT)
    ends = watched.receiver.wait_for(dataset.name, "LedgerGap", "resolved")
    assert ends["fingerprint"] == fires["fingerprint"]
    assert ends["startsAt"] == fires["startsAt"]


def test_files_deleted_behind_the_services_back_are_told_by_monitor_and_audit_until_they_are_back(
    watched: Watched, now: datetime
) -> None:
    dataset, whole = watched.dataset(records=4), watched.dataset(records=2)
    dataset.tables.commit_bronze(0, 4, now, MOMENT)
    dataset.tables.commit_silver([0, 1], now, now + MOMENT)
    dataset.tables.commit_silver([2, 3], now, now + MOMENT)
    seen(watched, dataset.name, lambda one: one.ledger.in_silver == 4)
    objects, path = watched.road.storage.objects(), dataset.silver_path
    parts = [entry.path for entry in objects.list(f"{path}/part-")]
    contents = {part: stored.content for part in parts if (stored := objects.read(part))}
    for part in parts:
        objects.delete(part)
    fires = watched.receiver.wait_for(dataset.name, "LedgerGap", "firing")
    assert (
        f"{len(parts)} data files that a table's log names are not in the store"
        in (fires["annotations"]["summary"])
    )
    (fault,) = look(watched, dataset.name).datasets[0].ledger.faults
    assert (fault.kind, fault.rows) == ("missing-files", len(parts))
    assert set(fault.files) <= set(parts)
    audit = watched.lake("audit", dataset.name)
    assert f"{dataset.name} can't be counted: {len(parts)} data files of {path}" in " ".join(
        audit.stdout.split()
    )
    assert audit.returncode == 1
    assert not watched.receiver.of(whole.name, "LedgerGap")
    for part, content in contents.items():
        objects.create(part, content)
    watched.receiver.wait_for(dataset.name, "LedgerGap", "resolved")
    assert [one["status"] for one in watched.receiver.of(dataset.name, "LedgerGap")] == ["firing", "resolved"]
    assert not watched.receiver.of(dataset.name, "NotWatched")


def test_a_record_that_bronze_has_passed_without_a_row_is_told(watched: Watched, now: datetime) -> None:
    dataset = watched.dataset(records=5)
    dataset.tables.commit_bronze(0, 5, now, MOMENT, without=[3])
    found = seen(watched, dataset.name, lambda one: one.ledger.faults)
    (fault,) = found.ledger.faults
    assert (fault.kind, fault.rows, fault.examples[0].offset) == ("missing-in-bronze", 1, 3)


def test_rows_in_quarantine_are_told_with_their_numbers_until_they_are_few_again(
    watched: Watched, now: datetime
) -> None:
    dataset = watched.dataset(records=150)
    dataset.tables.commit_bronze(0, 4, now, MOMENT)
    dataset.tables.promise()
    dataset.tables.add_silver([0, 1], now, now + MOMENT)
    dataset.tables.commit_outcomes([(2, "quarantined", "required"), (3, "duplicate", "")], now, now + MOMENT)
    fires = watched.receiver.wait_for(dataset.name, "QuarantineShare", "firing")
    assert "1 of 4 rows went into quarantine" in fires["annotations"]["summary"]
    assert "25.00%; allowed 1.00%" in fires["annotations"]["summary"]
    assert "required (n) 1" in fires["annotations"]["description"]
    balanced = seen(watched, dataset.name, lambda one: one.ledger.outcomes)
    assert (balanced.ledger.in_silver, dict(balanced.ledger.outcomes)) == (
        2,
        {"duplicate": 1, "quarantined": 1},
    )
    assert not balanced.ledger.faults
    dataset.tables.commit_bronze(4, 150, now, MOMENT)
    dataset.tables.commit_silver(range(4, 150), now, now + MOMENT)
    ends = watched.receiver.wait_for(dataset.name, "QuarantineShare", "resolved")
    assert ends["fingerprint"] == fires["fingerprint"]
    assert "1 of 150 rows went into quarantine" in ends["annotations"]["summary"]


def test_freshness_is_told_with_what_it_is_computed_from_and_fires_beyond_the_contract(
    watched: Watched, now: datetime
) -> None:
    dataset = watched.dataset(records=3, freshness=timedelta(seconds=2))
    dataset.tables.commit_bronze(0, 3, now, timedelta(seconds=1))
    dataset.tables.commit_silver([0, 1, 2], now, now + timedelta(seconds=4))
    found = seen(watched, dataset.name, lambda one: len(one.hops) == 3 and one.hops[1].delays.rows)
    to_bronze, to_silver, _ = found.hops
    assert (to_bronze.delays.rows, to_bronze.delays.p95_seconds) == (3, 1.0)
    assert "received_at to written_at of 3 rows of bronze/" in to_bronze.computed_from
    assert (to_silver.delays.rows, to_silver.delays.max_seconds) == (3, 4.0)
    fires = watched.receiver.wait_for(dataset.name, "FreshnessSlo", "firing")
    assert "freshness 4.0 s, and the contract promises 2 s" in fires["annotations"]["summary"]


def test_watch_sends_one_whole_picture_after_another(watched: Watched) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{watched.grpc_port}") as channel:
        call: Any = MonitorServiceStub(channel).Watch(pb.WatchRequest())
        first, second = next(call), next(call)
        call.cancel()
    assert first.at < second.at
    assert {one.instance for one in second.processes} == {"monitor-1"}


def test_the_page_is_there_before_any_script_runs(watched: Watched) -> None:
    answer = httpx.get(watched.monitor.url, trust_env=False)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "The road" in answer.text


def test_a_killed_monitor_goes_on_without_a_false_alert_or_a_second_commit_of_a_minute(
    watched: Watched, now: datetime
) -> None:
    dataset = watched.dataset(records=3)
    dataset.tables.commit_bronze(0, 3, now, MOMENT)
    dataset.tables.commit_silver([0, 2], now, now + MOMENT)
    watched.receiver.wait_for(dataset.name, "LedgerGap", "firing")
    storage = watched.road.storage
    paths = (names.OPS_FRESHNESS, names.OPS_LEDGER, names.OPS_PROCESSES)

    def commits() -> list[DeltaTable]:
        return [DeltaTable(storage.uri(path), storage_options=storage.delta_options()) for path in paths]

    until(lambda: all(_column(table, "at") for table in commits()), 30.0, "rows in ops")
    watched.receiver.away = True  # what it would be told again is seen, as it is told once it is back
    watched.monitor.kill()
    watched.monitor.start(wait=False)
    watched.monitor.wait_ready(START_S)
    until(lambda: look_or_nothing(watched, dataset.name), 30.0, "a picture after the restart")
    watched.receiver.away = False
    dataset.tables.add_silver([1], now, now + MOMENT)
    watched.receiver.wait_for(dataset.name, "LedgerGap", "resolved")
    told = [one["status"] for one in watched.receiver.of(dataset.name, "LedgerGap")]
    assert told == ["firing", "resolved"]
    for table in commits():
        minutes = {at.replace(second=0, microsecond=0) for at in _column(table, "at")}
        assert table.version() == len(minutes), "version 0 is the empty table"


def look_or_nothing(watched: Watched, dataset: str) -> bool:
    try:
        return bool(look(watched, dataset).alerts)
    except grpc.RpcError:
        return False


def _column(table: DeltaTable, name: str) -> list[datetime]:
    return cast("Any", table).to_pyarrow_table(columns=[name])[name].to_pylist()
