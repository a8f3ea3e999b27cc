"""Every metric of the log-router, with its meaning.

lake.logs.routed        lines that a dataset's topic has, by dataset as senders address it
lake.logs.dead.letters  lines that the dead letters have, by reason
lake.logs.lag           lines that are not routed yet, by partition of logs.inbound that this worker has
lake.logs.lost          offsets that Kafka deleted by retention before they were routed
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from ingest_router.core.log_routing import Reason


class LineMetrics:
    """What the routing measures."""

    def __init__(self, meter: Meter) -> None:
        self._routed = meter.create_counter(
            "lake.logs.routed", unit="{line}", description="Lines that a dataset's topic has"
        )
        self._dead = meter.create_counter(
            "lake.logs.dead.letters", unit="{line}", description="Lines that the dead letters have"
        )
        self._lost = meter.create_counter(
            "lake.logs.lost",
            unit="{line}",
            description="Offsets deleted by retention before they were routed",
        )

    def routed(self, address: str) -> None:
        self._routed.add(1, {"dataset": address})

    def dead_letter(self, reason: Reason) -> None:
        self._dead.add(1, {"reason": reason.value})

    def lost(self, partition: int, offsets: range) -> None:
        self._lost.add(len(offsets), {"partition": partition})


def observe_lag(meter: Meter, lags: Callable[[], Mapping[int, int]]) -> None:
    """What is read only when somebody looks. Read on another thread than the loop's."""

    def observed(_options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(lag, {"partition": partition}) for partition, lag in lags().items()]

    meter.create_observable_gauge(
        "lake.logs.lag", [observed], unit="{line}", description="Lines of a partition that are not routed yet"
    )
