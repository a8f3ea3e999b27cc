"""What the load generator is told, and what it tells: the two files between it and the bench."""

import msgspec
from tidelake.bench.road.schedule import Schedule


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """One run's load."""

    url: str  # of the dataset's events
    api_key: str
    events: str  # path of a file with one event a line; started anew at its end
    skip: int  # events at its beginning that an earlier run has sent
    schedule: Schedule
    start_at: float  # Unix time at which the first request is due
    connections: int = 64
    timeout_s: float = 30.0


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What became of one request. Times are seconds since the start of the schedule."""

    due: float
    sent: float
    done: float
    status: int  # 0: no answer
    positions: list[tuple[int, int]]  # partition and offset of each acknowledged event


class LoadReport(msgspec.Struct, frozen=True, kw_only=True):
    """All requests of the schedule in its order, and what sending them cost."""

    answers: list[Answer]
    cpu_seconds: float  # from the end of the warm-up to the end of the schedule
