"""Trouble that the client library deals with by itself: counted always, logged now and then, never raised."""

from datetime import timedelta

import structlog
from confluent_kafka import KafkaError
from opentelemetry.metrics import Meter
from tidelake.runtime.clock import Clock
from tidelake.streams import metrics

log = structlog.get_logger()

LOG_INTERVAL = timedelta(seconds=10)


class ClientErrors:
    """Keeps what goes wrong with the connections of one client (`consumer`, `producer`, `admin`).

    While a broker is away there are several errors a second, all alike: each code is logged at most once per
    LOG_INTERVAL, with how often it came since.
    """

    def __init__(self, client: str, clock: Clock, meter: Meter = metrics.NO_METER) -> None:
        self._client = client
        self._clock = clock
        self._counter = metrics.client_errors(meter)
        self._logged_at: dict[str, float] = {}
        self._unlogged: dict[str, int] = {}

    def note(self, error: KafkaError) -> None:
        """Any thread may call."""
        code, now = error.name(), self._clock.monotonic()
        self._counter.add(1, {"client": self._client, "code": code})
        times = self._unlogged.get(code, 0) + 1
        last = self._logged_at.get(code)
        if last is not None and now - last < LOG_INTERVAL.total_seconds():
            self._unlogged[code] = times
            return
        self._logged_at[code] = now
        self._unlogged[code] = 0
        log.warning("kafka_client_error", client=self._client, code=code, reason=error.str(), times=times)
