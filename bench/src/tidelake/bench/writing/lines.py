"""Log lines as a shipper brings them: straight to Kafka, kept until Kafka has acknowledged them."""

import functools
import itertools
import time
from collections.abc import Iterator

from confluent_kafka import Message, Producer
from tidelake.bench.writing.write import Sender, Write
from tidelake.contracts.names import LOGS_INBOUND

_KEPT_FOR_S = 600  # longer than Kafka is ever away in a bench
_POLL_S = 0.02


class LineSender(Sender):
    """Lines that are due at an even pace. While Kafka is away they queue up in the client."""

    def __init__(
        self, bootstrap: str, stream: str, lines: Iterator[bytes], *, rate: float, start_at: float
    ) -> None:
        super().__init__()
        self._bootstrap = bootstrap
        self._headers: list[tuple[str, str | bytes | None]] = [("stream", stream.encode())]
        self._lines = lines
        self._rate = rate
        self._start_at = start_at

    def work(self) -> None:
        """Produces what is due, and then waits for what is not acknowledged."""
        producer = Producer(
            {
                "bootstrap.servers": self._bootstrap,
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 5,
                "message.timeout.ms": _KEPT_FOR_S * 1000,
                "log_level": 0,  # that a broker is away is what the bench is about
            }
        )
        shipped = 0
        while not self.over.is_set():
            due = max(0, int((time.time() - self._start_at) * self._rate))
            for line in itertools.islice(self._lines, due - shipped if due > shipped else 0):
                at = self._start_at + shipped / self._rate
                producer.produce(
                    LOGS_INBOUND.name,
                    line,
                    headers=self._headers,
                    on_delivery=functools.partial(self._taken, line_identity(line), at),
                )
                shipped += 1
            producer.poll(_POLL_S)
        while len(producer) and not self.abandoned.is_set():
            producer.poll(_POLL_S)
        self.lost_hope += ["Kafka did not acknowledge it in time"] * len(producer)
        if len(producer):
            producer.purge()
            producer.poll(0)

    def _taken(self, identity: str, due: float, error: object, _message: Message) -> None:
        if error is None:
            self.writes.append(Write(identity, due, time.time()))
        elif not self.abandoned.is_set():
            self.lost_hope.append(str(error))


def line_identity(line: bytes) -> str:
    """The event id of a line of the stream weather, as silver writes it: origin and hour."""
    hour, origin, _ = line.split(b" ", 2)
    return f'["{origin.decode()}","{hour.decode()}"]'
