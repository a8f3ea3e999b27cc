"""An open loop: when each request is due, whatever became of the ones before it."""

import msgspec


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of `batch` events at an even pace. Latency counts from when a request is due, not from when
    it was sent: a slow server can't slow down its own measurement (coordinated omission)."""

    rate: int  # events a second
    batch: int  # events a request
    warm_up_s: float  # requests due before are sent and not counted
    counted_s: float

    def __post_init__(self) -> None:
        if self.rate < 1 or self.batch < 1 or self.warm_up_s < 0 or self.counted_s <= 0:
            raise ValueError(f"a schedule needs rate and batch of at least 1 and some time to count: {self}")

    @property
    def total_s(self) -> float:
        """From the first request until the counting ends."""
        return self.warm_up_s + self.counted_s

    @property
    def requests(self) -> int:
        """How many requests are due before the end."""
        return -(-round(self.total_s * self.rate) // self.batch)

    def due(self, request: int) -> float:
        """Seconds from the start; request 0 is due at once."""
        return request * self.batch / self.rate

    def is_counted(self, request: int) -> bool:
        """Whether it is due after the warm-up."""
        return self.due(request) >= self.warm_up_s
