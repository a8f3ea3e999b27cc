"""What can't be committed is not read on, and goes on by itself."""

from datetime import timedelta

from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from tidelake.streams.values import TopicPartition
from tidelake.testkit.clock import FakeClock

MIB = 1024 * 1024


def run(clock: FakeClock, writer: WriterOnTwins, steps: int) -> None:
    for _ in range(steps):
        clock.advance(timedelta(seconds=0.5))
        writer.step()


def test_memory_is_bounded_while_the_store_is_down(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer(max_commit_bytes=MIB, max_buffered_bytes=8 * MIB, max_poll_records=4)
    run(clock, writer, steps=4)
    for _ in range(60):
        lake.broker.append(at, bytes(MIB // 8))
    lake.tables.faults.down = True
    run(clock, writer, steps=40)
    assert 2 * MIB <= writer.buffered_bytes < 3 * MIB
    lake.tables.faults.down = False
    run(clock, writer, steps=60)
    assert writer.tokens == {at: 60}
    assert set(lake.bronze("flights").values()) == {1}


def test_all_tables_together_are_bounded_too(lake: LakeOnTwins, clock: FakeClock) -> None:
    topics = [lake.publish(f"flights{number}") for number in range(4)]
    writer = lake.writer(max_commit_bytes=MIB, max_buffered_bytes=2 * MIB, max_poll_records=4)
    run(clock, writer, steps=6)
    lake.tables.faults.down = True
    for topic in topics:
        for _ in range(30):
            lake.broker.append(TopicPartition(topic, 0), bytes(MIB // 8))
    run(clock, writer, steps=60)
    assert writer.buffered_bytes < 4 * MIB
    lake.tables.faults.down = False
    run(clock, writer, steps=120)
    assert set(writer.tokens.values()) == {30}


def test_a_table_that_can_be_committed_is_not_held_up_by_one_that_cannot(
    lake: LakeOnTwins, clock: FakeClock
) -> None:
    stuck, well = (TopicPartition(lake.publish(name), 0) for name in ("flights", "weather"))
    writer = lake.writer(max_commit_bytes=MIB, max_buffered_bytes=2 * MIB, max_poll_records=4)
    run(clock, writer, steps=4)
    for _ in range(60):
        lake.broker.append(stuck, bytes(MIB // 8))
    lake.tables.faults.unfit.add("bronze/flights")
    lake.tables.faults.refusing = True
    run(clock, writer, steps=40)
    assert writer.buffered_bytes >= 2 * MIB
    lake.tables.faults.refusing = False
    for _ in range(60):
        lake.broker.append(well, bytes(MIB // 8))
    run(clock, writer, steps=60)
    assert writer.tokens[well] == 60
    assert writer.tokens[stuck] < 60
    lake.tables.faults.unfit.clear()
    run(clock, writer, steps=60)
    assert writer.tokens == {stuck: 60, well: 60}
