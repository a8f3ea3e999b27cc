"""One lake under test: an emulator of its own, a dataset on some broker, and the services that work on it."""

import uuid
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tidelake.contracts import names
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.tables.announcement import decode_commit_announced
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.gcs_fixture import Emulator, running_emulator
from tidelake.testkit.road.bronze_rows import BronzeReader
from tidelake.testkit.road.checker import NOTHING, Acknowledged, Findings, compare
from tidelake.testkit.road.dataset import Dataset, make_key, publish_dataset
from tidelake.testkit.road.kafka_log import KafkaLog, KafkaReader
from tidelake.testkit.road.log_dataset import publish_log_dataset
from tidelake.testkit.road.ports import quiet_port
from tidelake.testkit.road.service_process import ServiceProcess
from tidelake.testkit.road.traffic import DoorTraffic, KafkaTraffic
from tidelake.testkit.road.waiting import until


class Road:
    """Starts services on demand, and says whether what they did is right. Not for several threads."""

    def __init__(self, emulator: Emulator, bootstrap: str, folder: Path) -> None:
        self.emulator = emulator
        self.bootstrap = bootstrap
        self.group = f"test-{uuid.uuid4()}"
        self.kafka = KafkaReader(bootstrap)
        self.storage = LakeStorage(emulator.lake_root, emulator.service_account_path)
        # Made before any door starts, as doors learn of new ones after some seconds only.
        self.api_key = make_key(self.storage)
        self.datasets: list[Dataset] = []
        self.services: list[ServiceProcess] = []
        self._folder = folder

    def publish(
        self,
        *,
        partitions: int = 3,
        freshness: timedelta = timedelta(seconds=1),
        before: Dataset | None = None,
    ) -> Dataset:
        """A new dataset of this lake, or the major version that follows `before`, in force."""
        dataset = publish_dataset(
            self.storage, self.bootstrap, partitions=partitions, freshness=freshness, before=before
        )
        self.datasets.append(dataset)
        return dataset

    def publish_log(self, *, stream: str | None = None, max_record_bytes: int = 1024 * 1024) -> Dataset:
        """A new dataset of log lines in force, of a stream of its own unless told."""
        dataset = publish_log_dataset(
            self.storage, self.bootstrap, stream=stream, max_record_bytes=max_record_bytes
        )
        self.datasets.append(dataset)
        return dataset

    def writer(self, name: str = "writer-1", **settings: object) -> ServiceProcess:
        """A bronze-writer of this lake's consumer group, with quick settings; not started yet."""
        quick = {"GROUP": self.group, "SESSION_TIMEOUT": 6}
        return self._service("bronze-writer", name, {**quick, **settings})

    def router(self, name: str = "router-1", **settings: object) -> ServiceProcess:
        """A door of this lake; not started yet."""
        return self._service("ingest-router", name, {"GRPC_PORT": quiet_port(), **settings})

    def log_router(self, name: str = "log-router-1", **settings: object) -> ServiceProcess:
        """A worker of this lake's group that routes log lines, with quick settings; not started yet."""
        quick = {"GROUP": f"{self.group}-logs", "SESSION_TIMEOUT": 6, "RETRY_AFTER": 0.2}
        return self._service("log-router", name, {**quick, **settings})

    def silver(self, name: str = "silver-1", **settings: object) -> ServiceProcess:
        """A silver-processor of this lake, told where its Java and its jars are; not started yet."""
        own = {"GROUP": f"{self.group}-silver", "SCRATCH": self._folder / name}
        return self._service("silver-processor", name, {**own, **settings})

    def monitor(self, name: str = "monitor-1", **settings: object) -> ServiceProcess:
        """A monitor of this lake that looks twice a second; not started yet."""
        quick = {"GRPC_PORT": quiet_port(), "LOOK_INTERVAL": 0.5, "CONTRACTS_INTERVAL": 0.3}
        return self._service("monitor", name, {**quick, **settings})

    def door_traffic(
        self, router: ServiceProcess, dataset: Dataset, *, seed: int, **how: object
    ) -> DoorTraffic:
        """Traffic through the door, not started yet."""
        topic_id = self.kafka.topic_id(dataset.topic)
        return DoorTraffic(router.url, self.api_key, dataset.address, topic_id, seed=seed, **how)  # type: ignore[arg-type]

    def kafka_traffic(self, dataset: Dataset, *, seed: int, per_second: int = 400) -> KafkaTraffic:
        """Traffic straight to the dataset's topic, not started yet."""
        topic_id, partitions = self.kafka.topic_id(dataset.topic), dataset.partitions
        return KafkaTraffic(
            self.bootstrap, dataset.topic, topic_id, partitions, seed=seed, per_second=per_second
        )

    def bronze(self, dataset: Dataset) -> BronzeReader:
        """The dataset's bronze table."""
        return BronzeReader(self.storage.uri(dataset.contract.bronze_path), self.storage.delta_options())

    def owned_by(self, writer: ServiceProcess, dataset: Dataset) -> list[int]:
        """Partitions that Kafka gives to that writer now."""
        owners = self.kafka.owners(self.group, dataset.topic)
        return sorted(partition for partition, owner in owners.items() if owner == writer.name)

    def wait_shared(self, dataset: Dataset, *writers: ServiceProcess, within: float = 120.0) -> None:
        """Returns when every partition belongs to one of these writers, and each has at least one."""

        def shared() -> bool:
            owned = [self.owned_by(one, dataset) for one in writers]
            return all(owned) and sum(map(len, owned)) == dataset.partitions

        until(shared, within, lambda: f"shared: {self.kafka.owners(self.group, dataset.topic)}", every=0.2)

    def behind(self, dataset: Dataset, partitions: Collection[int] | None = None) -> Mapping[int, str]:
        """Partitions whose token is not at the last stable offset: 'token of end'."""
        ends = self.kafka.ends(dataset.topic)
        asked = sorted(ends if partitions is None else partitions)
        tokens = self.bronze(dataset).next_offsets(self.kafka.topic_id(dataset.topic), asked)
        return {at: f"{tokens[at]} of {ends[at]}" for at in asked if tokens[at] != ends[at]}

    def wait_caught_up(
        self, dataset: Dataset, within: float = 90.0, partitions: Collection[int] | None = None
    ) -> None:
        """Returns when bronze stands at the last stable offset of every partition. Raises NotInTime."""

        def states() -> str:
            said = "\n".join(
                f"{one.name}: {one.report()}\n{one.tail(8)}" for one in self.services if one.alive
            )
            return f"caught up, behind are {self.behind(dataset, partitions)}\n{said}"

        until(lambda: not self.behind(dataset, partitions), within, states, every=0.2)

    def unannounced(self, dataset: Dataset) -> set[int]:
        """Versions of the dataset's commits that nobody announced on `bronze-commits`."""
        table, topic = dataset.contract.bronze_path, names.BRONZE_COMMITS.name
        announcements = (
            decode_commit_announced(content.value)
            for content in self.kafka.read(topic).records.values()
            if content.key == table.encode() and content.value is not None
        )
        announced = {announcement.version for announcement in announcements}
        return {commit.version for commit in self.bronze(dataset).commits()} - announced

    def findings(
        self,
        dataset: Dataset,
        acknowledged: Acknowledged = NOTHING,
        earlier: Sequence[KafkaLog] = (),
    ) -> Findings:
        """What the checker finds. `earlier`: logs read before Kafka forgot them."""
        logs: Iterable[KafkaLog] = (*earlier, self.kafka.read(dataset.topic))
        known = {position: content for log in logs for position, content in log.records.items()}
        return compare(known, self.bronze(dataset).rows(), acknowledged)

    def check(self, dataset: Dataset, acknowledged: Acknowledged = NOTHING, within: float = 90.0) -> Findings:
        """Waits until bronze has caught up, and asserts that nothing is lost, doubled, altered or made up."""
        self.wait_caught_up(dataset, within)
        found = self.findings(dataset, acknowledged)
        assert found.clean, found
        return found

    def delete_topic(self, dataset: Dataset) -> None:
        """Returns when the topic is gone."""
        KafkaTopics(self.bootstrap, "tests", timedelta(seconds=60)).delete(dataset.topic)

    def _service(self, service: str, name: str, settings: Mapping[str, object]) -> ServiceProcess:
        told = {
            "LAKE_ROOT": self.emulator.lake_root,
            "GCS_SERVICE_ACCOUNT": self.emulator.service_account_path,
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            **settings,
        }
        process = ServiceProcess(service, name, told, self._folder)
        self.services.append(process)
        return process


@contextmanager
def running_road(folder: Path, bootstrap: str) -> Generator[Road]:
    """An empty lake; at the end its services and its emulator are stopped, however they stand."""
    with running_emulator(folder) as emulator:
        road = Road(emulator, bootstrap, folder)
        try:
            yield road
        finally:
            emulator.faults.clear()
            for service in road.services:
                service.close()
            for dataset in road.datasets:
                road.delete_topic(dataset)
