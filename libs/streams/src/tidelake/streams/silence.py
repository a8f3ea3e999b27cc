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
        self._since: float | None = None  # monotonic seconds; None: Kafka answers

    def begin(self) -> None:
        """Kafka has not answered."""
        with self._lock:
            if self._since is None:
                self._since = self._clock.monotonic()

    def end(self) -> None:
        """Kafka has answered. Costs nothing: each record that is acknowledged says so."""
        self._since = None

    def is_long(self) -> bool:
        """Whether it has lasted for GIVEN_UP_AFTER. Then true for one caller only, who makes another client:
        that one's silence begins now."""
        with self._lock:
            since, now = self._since, self._clock.monotonic()
            if since is None or now - since < GIVEN_UP_AFTER.total_seconds():
                return False
            self._since = now
            return True
