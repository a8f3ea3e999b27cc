"""What somebody watching a writer can see."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from tidelake.runtime.telemetry import Telemetry, start_telemetry
from tidelake.streams.values import TopicPartition
from tidelake.tables.memory_bronze import Fault
from tidelake.testkit.clock import FakeClock


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    with start_telemetry("bronze-writer", "0", "test") as telemetry:
        yield telemetry


def values(telemetry: Telemetry, name: str) -> dict[str, float]:
    """Labels -> value of every line of that name."""
    lines = telemetry.prometheus_text().decode().splitlines()
    found = [line.rpartition(" ") for line in lines if line.startswith((f"{name}{{", f"{name} "))]
    return {left.removeprefix(name): float(value) for left, _, value in found}


def test_rows_commits_lag_delay_and_stops_are_told(
    lake: LakeOnTwins, clock: FakeClock, telemetry: Telemetry
) -> None:
    topic = lake.publish("flights", partitions=2)
    writer = WriterOnTwins(lake, meter=telemetry.meter)

    def run(steps: int = 8) -> None:
        for _ in range(steps):
            clock.advance(timedelta(seconds=0.5))
            writer.step()

    run()
    received = [(b"ce_receivedtime", clock.now().isoformat().encode())]
    lake.broker.append(TopicPartition(topic, 0), b"value", headers=received)
    lake.tables.faults.commits.append(Fault.ANSWER_LOST)
    run()
    lake.broker.append(TopicPartition(topic, 0), b"value", headers=received)
    run()
    outcomes = values(telemetry, "lake_bronze_commits_total")
    assert {labels.split('outcome="')[1].split('"')[0]: times for labels, times in outcomes.items()} == {
        "committed": 1,
        "failed": 1,
        "kept": 1,
    }
    assert sum(values(telemetry, "lake_bronze_rows_total").values()) == 1
    assert sum(values(telemetry, "lake_bronze_delay_seconds_count").values()) == 1
    assert sum(values(telemetry, "lake_bronze_announcements_total").values()) == 2
    assert set(values(telemetry, "lake_bronze_buffered_bytes").values()) == {0}

    writer.consumer.pause(writer.consumer.assignment)
    lake.broker.append(TopicPartition(topic, 1), b"value")
    writer.look()
    assert sorted(values(telemetry, "lake_bronze_lag").values()) == [0, 1]
    writer.consumer.resume(writer.consumer.assignment)

    lake.broker.recreate_topic(topic)
    lake.broker.append(TopicPartition(topic, 0), b"value")
    lake.broker.append(TopicPartition(topic, 1), b"value")
    run(20)
    stopped = values(telemetry, "lake_bronze_partitions_stopped")
    assert {labels: count for labels, count in stopped.items() if count} == {'{reason="topic_remade"}': 2}


def test_rows_without_a_time_have_no_delay(lake: LakeOnTwins, clock: FakeClock, telemetry: Telemetry) -> None:
    topic = lake.publish("flights")
    writer = WriterOnTwins(lake, meter=telemetry.meter)
    lake.broker.append(TopicPartition(topic, 0), b"value")
    for _ in range(8):
        clock.advance(timedelta(seconds=0.5))
        writer.step()
    assert values(telemetry, "lake_bronze_delay_seconds_count") == {}
