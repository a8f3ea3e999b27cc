"""What goes wrong around a commit, one fault at a time: on the tables' twin, and on Delta itself."""

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from unittest import mock

import pytest
from bronze_writer.on_twins import LakeOnTwins, Position, WriterOnTwins
from tidelake.streams.values import TopicPartition
from tidelake.tables.positions import Source
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.bronze_rows import positions
from tidelake.testkit.clock import FakeClock
from tidelake.testkit.gcs_fixture import Emulator, running_emulator
from tidelake.testkit.tables_labs import DeltaTablesLab, MemoryTablesLab, TablesLab

PATH = "bronze/flights"
MIB = 1024 * 1024


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running_emulator(tmp_path_factory.mktemp("gcs")) as running:
        yield running


@pytest.fixture(params=["memory", pytest.param("delta", marks=pytest.mark.conformance)])
def lab(request: pytest.FixtureRequest) -> TablesLab:
    if request.param == "memory":
        return MemoryTablesLab()
    emulator: Emulator = request.getfixturevalue("emulator")
    root = f"{emulator.lake_root}/{uuid.uuid4().hex}"
    return DeltaTablesLab(LakeStorage(root, emulator.service_account_path), emulator)


@pytest.fixture
def lake(clock: FakeClock, lab: TablesLab) -> LakeOnTwins:
    return LakeOnTwins(clock, lab.tables)


class Road:
    """Shorthand of these tests."""

    def __init__(self, lake: LakeOnTwins, lab: TablesLab, clock: FakeClock) -> None:
        self.lake, self.lab, self.clock = lake, lab, clock
        self.topic = lake.publish("flights", partitions=2)

    def produce(self, partition: int, count: int = 5) -> None:
        for _ in range(count):
            self.lake.broker.append(TopicPartition(self.topic, partition), b"value")

    def run(self, *writers: WriterOnTwins, steps: int = 8) -> None:
        for _ in range(steps):
            self.clock.advance(timedelta(seconds=0.3))
            for writer in writers:
                writer.step()

    def bronze(self) -> Counter[Position]:
        return positions(self.lab.rows(PATH))

    def token(self, partition: int) -> int | None:
        topic_id = self.lake.broker.stored(self.topic).topic_id
        return self.lab.tables.table(PATH).open().token(Source(topic_id, partition))

    def assert_equal(self) -> None:
        """Every record of Kafka stands in bronze once, every commit on the topic."""
        assert self.bronze() == Counter(dict.fromkeys(self.lake.records(self.topic), 1))
        made = {each.version for each in self.lab.tables.table(PATH).open().announced(1000)}
        assert {each.version for each in self.lake.announced()} == made


@pytest.fixture
def road(lake: LakeOnTwins, lab: TablesLab, clock: FakeClock) -> Road:
    return Road(lake, lab, clock)


def crash_at(writer: WriterOnTwins, target: object, name: str, road: Road) -> None:
    with mock.patch.object(target, name, side_effect=Crash), pytest.raises(Crash):
        road.run(writer)
    writer.die()


def test_crash_after_delta_commit_before_announcement_adds_no_row(road: Road) -> None:
    writer = road.lake.writer()
    road.run(writer)
    road.produce(0)
    crash_at(writer, writer.producer, "send", road)
    assert sum(road.bronze().values()) == 5
    assert road.lake.announced() == []
    road.run(road.lake.writer("next"))
    road.assert_equal()


def test_crash_after_announcement_before_kafka_commit_adds_no_row(road: Road) -> None:
    writer = road.lake.writer()
    road.run(writer)
    road.produce(0)
    crash_at(writer, writer.consumer, "commit", road)
    assert len(road.lake.announced()) == 1
    assert road.lake.broker.committed("bronze-writer") == {}
    road.produce(1)
    road.run(road.lake.writer("next"))
    road.assert_equal()


def test_a_commit_whose_answer_is_lost_is_found_in_the_table(road: Road) -> None:
    writer = road.lake.writer()
    road.run(writer)
    road.produce(0)
    road.produce(1)
    with road.lab.losing_the_next_answer():
        road.run(writer)
    road.produce(0)
    road.run(writer)
    road.assert_equal()
    assert [each.rows for each in road.lake.announced()] == [10, 5]
    assert writer.health.ready()


def test_a_refused_commit_is_planned_again(road: Road) -> None:
    writer = road.lake.writer()
    road.run(writer)
    road.produce(0)
    with road.lab.refusing_commits():
        road.run(writer)
        assert not writer.health.ready()
        assert road.bronze() == Counter()
    road.run(writer)
    road.assert_equal()
    assert writer.health.ready()


def test_a_zombie_that_commits_other_partitions_first_doubles_nothing(road: Road) -> None:
    zombie, heir = road.lake.writer("zombie"), road.lake.writer("heir")
    road.run(zombie)
    road.produce(0)
    road.produce(1)
    road.run(zombie, steps=1)  # it has read, and not yet committed
    assert road.bronze() == Counter()
    zombie.consumer.expire(unnoticed_polls=10)
    # The heir has time for partition 0 alone.
    with mock.patch.object(road.lake.topics, "log_starts", side_effect=only_partition(road, 0)):
        road.run(heir)
    assert (road.token(0), road.token(1)) == (5, None)
    road.run(zombie, steps=6)  # wakes up with both; only partition 1 is still as it left it
    assert (road.token(0), road.token(1)) == (5, 5)
    road.produce(0)
    road.run(zombie, steps=4)  # and what it reads on of the heir's partition is not committed either
    road.run(heir, zombie, steps=20)
    road.assert_equal()


def only_partition(road: Road, partition: int) -> Callable[..., object]:
    """Kafka's answer about all but one partition is that they lie far behind."""
    real = road.lake.topics.log_starts

    def answer(partitions: Collection[TopicPartition]) -> object:
        starts = dict(real(partitions))
        return {at: 0 if at.partition == partition else 1_000_000 for at in starts}

    return answer


def test_a_partition_that_moved_on_is_read_from_its_new_token(road: Road) -> None:
    slow, quick = road.lake.writer("slow"), road.lake.writer("quick")
    road.run(slow)
    road.produce(0)
    road.run(slow, steps=1)
    slow.consumer.expire(unnoticed_polls=3)
    road.run(quick)
    road.produce(0)
    road.run(slow, steps=3)
    road.run(slow, quick, steps=20)
    road.assert_equal()


def test_a_store_that_is_down_keeps_the_partitions_and_loses_nothing(road: Road) -> None:
    writer = road.lake.writer(max_commit_bytes=MIB, max_buffered_bytes=MIB, max_poll_records=4)
    road.run(writer)
    owned = writer.consumer.assignment
    with road.lab.being_down():
        for _ in range(40):
            road.lake.broker.append(TopicPartition(road.topic, 0), b"x" * 100_000)
        road.run(writer, steps=12)
        assert not writer.health.ready()
        assert "table bronze/flights" in str(writer.health.report())
        assert writer.consumer.assignment == owned
        # The limit is held, and the poll that went beyond it.
        assert MIB <= writer.buffered_bytes < 2 * MIB
    road.run(writer, steps=20)
    road.assert_equal()
    assert writer.health.ready()


def test_a_partition_is_placed_once_the_store_is_back(road: Road) -> None:
    writer = road.lake.writer()
    road.produce(0)
    with road.lab.being_down():
        road.run(writer)
        assert not writer.health.ready()
    road.run(writer, steps=12)
    road.assert_equal()


def test_two_writers_that_start_at_once_make_one_table(road: Road) -> None:
    first, second = road.lake.writer("first"), road.lake.writer("second")
    road.produce(0)
    road.produce(1)
    road.run(first, second, steps=12)
    road.assert_equal()
    assert {at.partition for at in first.consumer.assignment} == {0}
    assert {at.partition for at in second.consumer.assignment} == {1}


def test_a_topic_made_anew_stops_until_it_is_accepted_and_then_goes_on(road: Road) -> None:
    writer = road.lake.writer()
    road.produce(0)
    road.run(writer)
    before = road.bronze()
    version = road.lab.tables.table(PATH).open().version
    road.lake.broker.recreate_topic(road.topic)
    road.produce(0, 9)
    road.run(writer, steps=12)
    assert road.lab.tables.table(PATH).open().version == version
    assert "--accept-new-topic flights" in str(writer.health.report())
    road.lake.accept_new_topic("flights")
    road.run(writer, steps=30)
    anew = Counter(dict.fromkeys(road.lake.records(road.topic), 1))
    assert len(anew) == 9
    assert road.bronze() == before + anew
    assert writer.health.ready()


def test_markers_at_the_end_move_the_token(road: Road) -> None:
    writer = road.lake.writer()
    transaction = road.lake.broker.begin_transaction()
    for _ in range(3):
        transaction.append(TopicPartition(road.topic, 0), b"value")
    transaction.commit()
    road.run(writer)
    assert road.token(0) == 4
    aborted = road.lake.broker.begin_transaction()
    aborted.append(TopicPartition(road.topic, 0), b"value")
    aborted.abort()
    road.run(writer)
    assert road.token(0) == 6
    road.assert_equal()
    assert [each.rows for each in road.lake.announced()] == [3, 0]


def test_compaction_runs_beside_the_commits(road: Road) -> None:
    writer = road.lake.writer()
    for _ in range(70):
        road.produce(0, 1)
        road.run(writer, steps=2)
    road.assert_equal()
    assert road.lab.tables.table(PATH).open().files_below(1_000_000_000) < 40
