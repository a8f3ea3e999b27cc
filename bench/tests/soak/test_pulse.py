"""How far silver is behind Kafka."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tidelake.bench.soak.pulse import Pulse, slowest
from tidelake.contracts.loading import parse_contract
from tidelake.streams.errors import BrokerUnavailable
from tidelake.streams.memory import MemoryBroker, MemoryTopics
from tidelake.streams.values import TopicPartition
from tidelake.tables.announcement import METADATA_KEY, encode
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.tables.positions import OffsetRange, Source
from tidelake.testkit.bronze_rows import announcement_of
from tidelake.testkit.clock import FakeClock

FLIGHTS = parse_contract((Path(__file__).parents[3] / "datasets/flights.odcs.yaml").read_text(), "flights")


class Lake:
    """A topic of one partition, and silver's log."""

    def __init__(self) -> None:
        self.broker, self.objects, self.clock = MemoryBroker(), MemoryObjects(), FakeClock()
        self.broker.create_topic(FLIGHTS.topic, 1)
        self.at = TopicPartition(FLIGHTS.topic, 0)
        self.pulse = Pulse(FLIGHTS, MemoryTopics(self.broker), self.objects, self.clock)
        self._versions = 0

    def write(self, records: int) -> None:
        for _ in range(records):
            self.broker.append(self.at, b"{}")

    def explain(self, end: int) -> None:
        source = Source(MemoryTopics(self.broker).topic_id(FLIGHTS.topic), 0)
        said = encode(announcement_of(FLIGHTS.silver_path, source, OffsetRange(0, end))).decode()
        line = msgspec.json.encode({"commitInfo": {METADATA_KEY: said}})
        self.objects.create(f"{FLIGHTS.silver_path}/_delta_log/{self._versions:020d}.json", line)
        self._versions += 1


@pytest.fixture
def lake() -> Lake:
    return Lake()


def test_silver_is_behind_since_the_look_that_saw_what_it_lacks(lake: Lake) -> None:
    lake.write(10)
    lake.pulse.feel()
    lake.clock.advance(timedelta(seconds=4))
    lake.write(10)
    lake.pulse.feel()
    lake.clock.advance(timedelta(seconds=3))
    lake.explain(end=10)
    lake.pulse.feel()

    assert lake.pulse.behind_s == 3
    lake.explain(end=20)
    lake.pulse.feel()
    assert lake.pulse.behind_s == slowest([lake.pulse]) == 0


def test_a_topic_with_nothing_in_it_leaves_silver_nothing_to_do(lake: Lake) -> None:
    lake.pulse.feel()
    lake.clock.advance(timedelta(seconds=60))
    lake.pulse.feel()

    assert lake.pulse.behind_s == 0


def test_a_kafka_that_is_away_makes_nothing_fresh(lake: Lake) -> None:
    lake.write(1)
    lake.pulse.feel()
    lake.broker.available = False
    lake.clock.advance(timedelta(seconds=30))

    with pytest.raises(BrokerUnavailable):
        lake.pulse.feel()
    assert lake.pulse.behind_s == 30
