"""How far silver is behind Kafka while a soak runs: to begin when it is warm, and to show how it goes."""

from collections import deque
from collections.abc import Mapping, Sequence

from tidelake.bench.road.silver import SilverLog
from tidelake.contracts.contract import Contract
from tidelake.runtime.clock import Clock
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition
from tidelake.tables.objects import Objects
from tidelake.tables.positions import Source

Ends = Mapping[Source, int]


class Pulse:
    """Of one dataset. Grows by `feel`."""

    def __init__(self, contract: Contract, topics: Topics, objects: Objects, clock: Clock) -> None:
        self.contract = contract
        self.silver = SilverLog(objects, contract)
        self._topics = topics
        self._clock = clock
        topic_id = topics.topic_id(contract.topic)
        numbers = range(topics.partitions(contract.topic))
        self._sources = {
            TopicPartition(contract.topic, number): Source(topic_id, number) for number in numbers
        }
        self._waiting: deque[tuple[float, Ends]] = deque()

    @property
    def behind_s(self) -> float:
        """At the last look: since when silver has lacked something of Kafka's, to a look's precision."""
        return self._clock.monotonic() - self._waiting[0][0] if self._waiting else 0.0

    def feel(self) -> Ends:
        """Looks, and returns what Kafka has. Raises BrokerUnavailable, StoreUnavailable, StoreRefused."""
        now, ends = self._clock.monotonic(), self._topics.last_stable_offsets(list(self._sources))
        has = {self._sources[at]: end for at, end in ends.items()}
        self._waiting.append((now, has))
        self.silver.refresh()
        while self._waiting and self.has(self._waiting[0][1]):
            self._waiting.popleft()
        return has

    def has(self, ends: Ends) -> bool:
        """Whether silver had explained so much at the last look."""
        return all(self.silver.end(source) >= end for source, end in ends.items())


def slowest(pulses: Sequence[Pulse]) -> float:
    """Seconds that the last of them is behind."""
    return max(pulse.behind_s for pulse in pulses)
