"""When a client of Kafka is given up, and another one made in its place."""

import threading
from datetime import timedelta

from tidelake.runtime.clock import Clock

GIVEN_UP_AFTER = timedelta(seconds=60)


class Silence:
    """How long Kafka has not answered through one client.

    librdkafka forgets each broker that Kafka does not name. When the last one names none, as it may for a
    moment after it stood still, the client may be left without any, and never ask again (its issue 5301): all
    that it is asked for times out from then on. A new client asks anew.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._since: float | None = None  # monotonic seconds

    def broken(self) -> None:
        """Kafka has answered."""
        with self._lock:
            self._since = None

    def lasts(self) -> bool:
        """Kafka has not answered. True once GIVEN_UP_AFTER has passed, for one caller: the silence of the
        client that it makes begins then."""
        now = self._clock.monotonic()
        with self._lock:
            if self._since is None:
                self._since = now
            if now - self._since < GIVEN_UP_AFTER.total_seconds():
                return False
            self._since = now
            return True
