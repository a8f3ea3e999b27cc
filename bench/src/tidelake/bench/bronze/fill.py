"""Fills a topic with records such as the door sends."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any, cast

from confluent_kafka import Producer
from tidelake.bench.bronze.dataset import PARTITIONS, BenchDataset, bench_contract
from tidelake.bench.bronze.samples import samples
from tidelake.bench.errors import BenchFailed, BenchInterrupted
from tidelake.contracts.envelope import Sealer
from tidelake.contracts.names import topic_config
from tidelake.runtime.shutdown import StopSignal
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.streams.topics import TopicSpec

_LOOK_EVERY = 5_000
_FLUSH_S = 120.0


def fill(
    bootstrap: str, name: str, events: Sequence[bytes], size: int, count: int, stop: StopSignal
) -> BenchDataset:
    """A new dataset whose topic holds `count` records with payloads of `size` bytes, keys and headers as the
    door writes them. Raises BenchFailed, BenchInterrupted."""
    contract, text = bench_contract(name)
    topics = KafkaTopics(bootstrap, "lake-bench")
    topics.ensure(TopicSpec(contract.topic, PARTITIONS, config=topic_config(timedelta(days=7))))
    sealer = Sealer(contract)
    common = sealer.common(datetime.now(UTC), "benchmarks")
    pool = [
        (value, key, sealer.seal(common, key, "2013-01-01T10:00:00Z"))
        for nth, value in enumerate(samples(events, size))
        if (key := f'["2013-01-01T10:00:00Z","UA",{nth}]'.encode())
    ]
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "acks": "all",
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 5,
            "queue.buffering.max.messages": 4 * _LOOK_EVERY,
            "log_level": 3,  # a coordinator that still loads is no news
        }
    )
    for nth, (value, key, headers) in enumerate(islice(cycle(pool), count)):
        if nth % _LOOK_EVERY == 0:
            if stop.requested:
                raise BenchInterrupted
            producer.flush(_FLUSH_S)
        producer.produce(contract.topic, value=value, key=key, headers=cast("Any", headers))
    if left := producer.flush(_FLUSH_S):
        raise BenchFailed(
            f"Kafka did not take {left} records within {_FLUSH_S:.0f} s.", "Look for a full disk."
        )
    return BenchDataset(contract, text, topics.topic_id(contract.topic))
