"""The producer's port: a batch goes out whole and comes back whole, one outcome per record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from tidelake.streams.values import Headers


@dataclass(frozen=True, slots=True)
class OutRecord:
    """A record to be sent. Without `partition` the key decides (murmur2; a null key goes anywhere)."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    headers: Headers = field(default_factory=list[tuple[str, bytes | None]])
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """Kafka has it, on all replicas in sync."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Kafka has not acknowledged it. `maybe_kept`: it may have it all the same."""

    reason: str
    maybe_kept: bool


Delivery = Delivered | Failed
OnDone = Callable[[Sequence[Delivery]], None]


class Producer(Protocol):
    """Sends batches. Any thread may send."""

    def send(self, records: Sequence[OutRecord], on_done: OnDone) -> None:
        """Takes all records or none. `on_done` is called exactly once, when every record has its outcome,
        with the outcomes in the records' order, on a thread of the producer's: it must be short and must not
        raise.

        Raises QueueFull (nothing was taken), ProducerFailed.
        """
        ...

    def flush(self, timeout: timedelta) -> int:
        """Waits until nothing is under way, at most `timeout`. Returns how many records still are."""
        ...

    def close(self) -> None:
        """Ends it at once; what is still under way fails (maybe kept). Flush first to lose nothing."""
        ...
