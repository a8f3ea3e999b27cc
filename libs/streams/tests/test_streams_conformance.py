from collections.abc import Generator

import pytest
from tidelake.testkit.kafka_lab import KafkaStreamsLab
from tidelake.testkit.streams_conformance import StreamsConformance
from tidelake.testkit.streams_labs import MemoryStreamsLab, StreamsLab


class TestInMemory(StreamsConformance):
    @pytest.fixture
    def lab(self) -> StreamsLab:
        return MemoryStreamsLab()


@pytest.mark.conformance
class TestOnKafka(StreamsConformance):
    @pytest.fixture
    def lab(self, kafka_bootstrap: str) -> Generator[StreamsLab]:
        lab = KafkaStreamsLab(kafka_bootstrap)
        yield lab
        lab.close()
