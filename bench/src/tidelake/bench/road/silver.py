"""The road behind bronze: when silver had explained each event, and when the gateway's answers showed it."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

import httpx
from tidelake.bench.commits import CommitLog, announced_ends_in
from tidelake.bench.errors import BenchFailed
from tidelake.bench.percentiles import percentile
from tidelake.bench.road.events import Event
from tidelake.bench.road.figures import Figures, Measure
from tidelake.contracts.contract import Contract
from tidelake.contracts.names import sql_name
from tidelake.tables.objects import Objects
from tidelake.tables.positions import Source

SILVER_P50 = Measure("bronze to readable in silver p50", "s")
_ASK_EVERY = timedelta(seconds=1)
_TIMEOUT_S = 30.0


class SilverLog:
    """The commits of silver and of its outcomes: a batch makes one or both, silver's first."""

    def __init__(self, objects: Objects, contract: Contract) -> None:
        self.silver = CommitLog(objects, contract.silver_path, announced_ends_in)
        self._both = (self.silver, CommitLog(objects, contract.outcomes_path, announced_ends_in))

    def refresh(self) -> None:
        """Reads the commits that came since the last call. Raises StoreUnavailable, StoreRefused."""
        for log in self._both:
            log.refresh()

    def end(self, source: Source) -> int:
        """The next offset after what is explained; 0 before the first batch."""
        return max(log.end(source) for log in self._both)

    def readable_at(self, source: Source, offset: int) -> float | None:
        """Unix time of the first commit of the record's batch; None: it is not explained yet."""
        found = [time for log in self._both if (time := log.readable_at(source, offset)) is not None]
        return min(found, default=None)


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer of the gateway's."""

    answered: float  # Unix time
    seconds: float  # from the question on
    version: int  # of silver, that was read


def is_answered(gateway_url: str, key: str, contract: Contract) -> bool:
    """Whether the gateway answers from silver by now: it learns of keys and contracts every few seconds."""
    asker = Asker(gateway_url, key, contract)
    try:
        asker.ask()
    except httpx.HTTPError:
        return False
    return True


class Asker:
    """Asks the gateway for the number of silver's rows every second while it is entered, as a dashboard
    does."""

    def __init__(self, gateway_url: str, key: str, contract: Contract) -> None:
        self._http = httpx.Client(
            base_url=gateway_url,
            headers={"authorization": f"Bearer {key}"},
            timeout=_TIMEOUT_S,
            trust_env=False,
        )
        self._table = sql_name(contract.silver_path)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask_on, name="asker", daemon=True)
        self._failed: httpx.HTTPError | None = None
        self.asked: list[Asked] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def ask(self) -> Asked:
        """One question. Raises httpx.HTTPError."""
        began = time.time()
        answer = self._http.post("/v1/query", json={"sql": f"select count(*) from {self._table}"})
        answer.raise_for_status()
        now = time.time()
        return Asked(now, now - began, answer.json()["versions"][self._table])

    def has_seen(self, version: int) -> bool:
        """Whether an answer was of that version of silver or a later one. Raises BenchFailed if there will be
        none."""
        self.check()
        return any(one.version >= version for one in reversed(self.asked))

    def check(self) -> None:
        """Raises BenchFailed if a question was not answered."""
        if self._failed is not None:
            raise BenchFailed(f"The gateway did not answer: {self._failed!r}", "Its log says why.")

    def _ask_on(self) -> None:
        with self._http:
            while not self._over.wait(_ASK_EVERY.total_seconds()):
                try:
                    self.asked.append(self.ask())
                except httpx.HTTPError as error:
                    self._failed = error
                    return


def silver_figures(events: Sequence[Event], log: SilverLog, asked: Sequence[Asked]) -> Figures:
    """How far silver and the answers were behind, for the counted events.

    Raises BenchFailed if silver has not explained one of them, or nothing was asked meanwhile.
    """
    explained: list[float] = []
    for event in events:
        silver = log.readable_at(event.source, event.offset)
        if silver is None:
            raise BenchFailed(
                f"Partition {event.source.partition} offset {event.offset} is in bronze, and silver has not "
                "explained it.",
                "Report it as a fault.",
            )
        explained.append(silver)
    behind = [max(0.0, silver - event.readable) for event, silver in zip(events, explained, strict=True)]
    whole = [silver - event.due for event, silver in zip(events, explained, strict=True)]
    begin, end = min(explained), max(explained)
    seen = [
        first.answered - committed
        for version, committed in log.silver.versions.items()
        if begin <= committed <= end
        and (first := next((one for one in asked if one.version >= version), None)) is not None
    ]
    answers = [one.seconds for one in asked if begin <= one.answered]
    if not seen or not answers:
        raise BenchFailed("The gateway gave no answer while events were counted.", "Let a run count longer.")
    return {
        SILVER_P50: percentile(behind, 50),
        Measure("bronze to readable in silver p95", "s"): percentile(behind, 95),
        Measure("due to readable in silver p50", "s"): percentile(whole, 50),
        Measure("due to readable in silver p95", "s"): percentile(whole, 95),
        Measure("silver to seen through the gateway p50", "s"): percentile(seen, 50),
        Measure("silver to seen through the gateway p95", "s"): percentile(seen, 95),
        Measure("answer of the gateway p50", "ms"): percentile(answers, 50) * 1000,
        Measure("batches of silver", "commits"): len(seen),
    }
