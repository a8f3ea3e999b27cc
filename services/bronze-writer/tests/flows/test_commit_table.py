"""One commit for all that is pending, stamped once; dropped where the topic is no longer the same."""

from collections import Counter
from datetime import timedelta

from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tidelake.streams.values import TopicPartition
from tidelake.tables.memory_bronze import Fault
from tidelake.tables.row_spans import RowSpans
from tidelake.testkit.clock import FakeClock


def run(clock: FakeClock, *writers: WriterOnTwins, steps: int = 8) -> None:
    for _ in range(steps):
        clock.advance(timedelta(seconds=0.5))
        for writer in writers:
            writer.step()


def test_partitions_of_a_table_share_a_commit_and_its_time(lake: LakeOnTwins, clock: FakeClock) -> None:
    topic = lake.publish("flights", partitions=3)
    writer = lake.writer()
    run(clock, writer, steps=4)
    for number in range(9):
        lake.broker.append(TopicPartition(topic, number % 3), b"value")
    clock.advance(timedelta(microseconds=1234))
    run(clock, writer)
    (announced,) = lake.announced()
    assert len(announced.ranges) == 3
    written = set(lake.tables.rows("bronze/flights")["written_at"].to_pylist())
    assert written == {announced.written_at}
    assert announced.written_at.microsecond % 1000 == 0


def test_nothing_is_committed_when_nothing_came(lake: LakeOnTwins, clock: FakeClock) -> None:
    lake.publish("flights")
    run(clock, lake.writer(), steps=50)
    assert lake.tables.table("bronze/flights").open().version == 0


def test_much_is_committed_early(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights", freshness=300), 0)
    writer = lake.writer(max_commit_bytes=1024 * 1024)
    run(clock, writer, steps=4)
    lake.broker.append(at, bytes(1024 * 1024))
    writer.step()
    assert writer.tokens == {at: 1}


def test_records_of_a_topic_that_was_made_anew_are_dropped(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer()
    run(clock, writer, steps=4)
    lake.broker.append(at, b"old")
    writer.step()
    lake.broker.recreate_topic(at.topic)
    run(clock, writer)
    assert lake.bronze("flights") == Counter()
    assert writer.tokens == {}


def test_a_failed_commit_keeps_what_came_meanwhile_behind_it(lake: LakeOnTwins, clock: FakeClock) -> None:
    at = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer()
    run(clock, writer, steps=4)
    lake.tables.faults.commits.extend([Fault.REFUSED, Fault.ANSWER_LOST, Fault.REFUSED])
    for number in range(12):
        lake.broker.append(at, str(number).encode())
        run(clock, writer, steps=1)
    run(clock, writer, steps=12)
    values = lake.tables.rows("bronze/flights")["value"].to_pylist()
    assert values == [str(number).encode() for number in range(12)]


def test_a_record_that_came_with_a_trace_gets_a_span_in_it(lake: LakeOnTwins, clock: FakeClock) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    topic = lake.publish("flights")
    writer = WriterOnTwins(lake, spans=RowSpans(provider.get_tracer("test")))
    run(clock, writer, steps=4)
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    header = (b"traceparent", f"00-{trace}-00f067aa0ba902b7-01".encode())
    lake.broker.append(TopicPartition(topic, 0), b"value", headers=[header])
    lake.broker.append(TopicPartition(topic, 0), b"value")
    run(clock, writer)
    (span,) = [one for one in exporter.get_finished_spans() if one.name == "bronze commit"]
    assert span.context is not None
    assert span.context.trace_id == int(trace, 16)
    assert dict(span.attributes or {}) == {
        "lake.table": "bronze/flights",
        "lake.version": 1,
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": 0,
        "messaging.kafka.offset": 0,
    }
