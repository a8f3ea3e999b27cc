"""How fresh a dataset is: each hop's delay, how long the oldest row waits, and what the contract says."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.core.delays import Delays

TO_BRONZE = "received-to-bronze"
TO_SILVER = "bronze-to-silver"
WHOLE = "received-to-silver"


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop of the road, over a window of the newest commits."""

    name: str
    delays: Delays | None  # None: nothing went over it in the window
    computed_from: str  # for people: columns, table and version, rows, window


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has not arrived. Both ages are at least so much: nobody saw the moment itself."""

    unread_s: float = 0.0  # since the monitor first saw an offset in Kafka that bronze has not taken
    unread: int = 0
    unread_known: bool = True  # False: it was there at the first look, and may be any older
    undecided_s: float = 0.0  # since bronze committed the oldest row that has no outcome
    undecided: int = 0

    @property
    def oldest_s(self) -> float:
        return max(self.unread_s, self.undecided_s)


@dataclass(frozen=True, slots=True)
class Freshness:
    """Of one major version of a dataset."""

    slo_s: float
    hops: tuple[Hop, ...]
    waiting: Waiting

    def hop(self, name: str) -> Hop | None:
        """The hop of that name."""
        return next((hop for hop in self.hops if hop.name == name), None)

    @property
    def whole(self) -> Delays | None:
        """From receive time to readable; of a dataset without silver, to bronze."""
        hop = self.hop(WHOLE) or self.hop(TO_BRONZE)
        return hop.delays if hop else None

    @property
    def figure_s(self) -> float | None:
        """What is held against the contract: 95 of 100 rows arrived within it, or the oldest that waits has
        waited so long already. None: nothing came and nothing waits."""
        delays = self.whole
        arrived = delays.p95_s if delays else 0.0
        worst = max(arrived, self.waiting.oldest_s)
        return worst if delays or worst else None

    @property
    def kept(self) -> bool:
        """Whether the contract's freshness is kept, as far as anything moved."""
        return (self.figure_s or 0.0) <= self.slo_s


def whole_of(measured: Delays | None, to_bronze: Delays | None, to_silver: Delays | None) -> Delays | None:
    """The whole road: as measured row by row; else, without a time of receipt in silver, both hops together,
    which is at least as long as what each row took only if the slow rows were slow on both."""
    if measured or not (to_bronze and to_silver):
        return measured
    return Delays(
        rows=to_silver.rows,
        p50_s=to_bronze.p50_s + to_silver.p50_s,
        p95_s=to_bronze.p95_s + to_silver.p95_s,
        p99_s=to_bronze.p99_s + to_silver.p99_s,
        max_s=to_bronze.max_s + to_silver.max_s,
    )
