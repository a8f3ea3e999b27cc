"""Small files are folded by one owner, beside the commits."""

from collections.abc import Callable
from datetime import timedelta

from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from tidelake.streams.values import TopicPartition
from tidelake.testkit.clock import FakeClock

PATH = "bronze/flights"


def commit(
    lake: LakeOnTwins, clock: FakeClock, writers: list[WriterOnTwins], at: TopicPartition, times: int
) -> None:
    for _ in range(times):
        lake.broker.append(at, b"value")
        for _ in range(2):
            clock.advance(timedelta(seconds=0.5))
            for writer in writers:
                writer.step()


def files(lake: LakeOnTwins) -> int:
    return lake.tables.table(PATH).open().files_below(10**12)


def test_many_small_files_become_few_and_no_row_changes(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer()
    commit(lake, clock, [writer], at, 100)
    assert files(lake) < 40
    assert set(lake.bronze("flights").values()) == {1}
    assert writer.tokens == {at: 100}


def test_only_who_owns_partition_0_compacts(lake: LakeOnTwins, clock: FakeClock) -> None:
    topic = lake.publish("flights", partitions=2)
    first, second = lake.writer("first"), lake.writer("second")
    commit(lake, clock, [first, second], TopicPartition(topic, 0), 4)
    owner = first if TopicPartition(topic, 0) in first.tokens else second
    other = second if owner is first else first
    commit(lake, clock, [other], TopicPartition(topic, 1), 70)
    assert files(lake) > 70
    commit(lake, clock, [owner], TopicPartition(topic, 0), 1)
    assert files(lake) < 40


def test_one_compaction_runs_at_a_time_and_commits_do_not_wait_for_it(
    lake: LakeOnTwins, clock: FakeClock
) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    started: list[Callable[[], None]] = []
    writer = WriterOnTwins(lake, in_background=started.append)
    commit(lake, clock, [writer], at, 100)
    assert len(started) == 1
    assert writer.tokens == {at: 100}
    started.pop()()
    assert files(lake) < 40
    commit(lake, clock, [writer], at, 40)
    assert len(started) == 1


def test_a_compaction_that_fails_harms_nothing(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    started: list[Callable[[], None]] = []
    writer = WriterOnTwins(lake, in_background=started.append)
    commit(lake, clock, [writer], at, 40)
    lake.tables.faults.down = True
    started.pop()()
    lake.tables.faults.down = False
    commit(lake, clock, [writer], at, 40)
    assert writer.health.ready()
    assert writer.tokens == {at: 80}
    assert len(started) == 1
