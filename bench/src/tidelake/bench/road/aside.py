"""What is written beside the events: log lines and changes of rows, each into a dataset of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tidelake.bench.commits import CommitLog
from tidelake.bench.errors import BenchFailed
from tidelake.bench.percentiles import percentile
from tidelake.bench.road.figures import Figures, Measure
from tidelake.bench.road.silver import SilverLog
from tidelake.bench.waiting import wait_for
from tidelake.bench.writing.landed import Landed, bronze_rows, land
from tidelake.bench.writing.write import Sender, Write
from tidelake.contracts.contract import Contract
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.storage import LakeStorage

_EVERY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Aside:
    """One of them. `sender` makes it, to start at a Unix time."""

    name: str  # of its figures
    contract: Contract
    sender: Callable[[float], Sender]


def finish(aside: Aside, sender: Sender, stop: StopSignal, within: timedelta) -> None:
    """Waits until all that was due by now is acknowledged.

    Raises BenchFailed, BenchInterrupted, and what ended the sender.
    """
    sender.end()
    wait_for(
        lambda: sender.done, f"answer to all {aside.name}", stop, within=within, every=timedelta(seconds=0.1)
    )
    sender.check()
    if sender.lost_hope:
        raise BenchFailed(
            f"{len(sender.lost_hope)} {aside.name} were not acknowledged: {sender.lost_hope[0]}",
            "Try it on a quieter machine, or with less load.",
        )


def landed_all(
    aside: Aside,
    writes: Sequence[Write],
    storage: LakeStorage,
    stop: StopSignal,
    *,
    to_silver: bool,
    within: timedelta,
) -> list[Landed]:
    """Every write with its way, as soon as all have come to its end. Raises BenchFailed, BenchInterrupted."""
    contract, objects = aside.contract, storage.objects()
    bronze, silver = CommitLog(objects, contract.bronze_path), SilverLog(objects, contract)
    landed: list[Landed] = []

    def arrived() -> bool:
        nonlocal landed
        bronze.refresh()
        silver.refresh()
        landed, lost = land(writes, bronze_rows(storage, contract), bronze, silver)
        return not lost and not (to_silver and any(one.in_silver is None for one in landed))

    end = "silver" if to_silver else "bronze"
    wait_for(arrived, f"{end} with all {aside.name}", stop, within=within, every=_EVERY)
    return landed


def aside_figures(name: str, landed: Sequence[Landed], counted_s: float) -> Figures:
    """How long each leg took. Raises BenchFailed without any."""
    if not landed:
        raise BenchFailed(f"No {name} were acknowledged.", "Try a lower rate.")
    acks = [one.write.acked - one.write.due for one in landed]
    bronze = [one.in_bronze - one.write.due for one in landed]
    hops = {
        "due to its topic": [one.in_kafka - one.write.due for one in landed],
        "Kafka to commit's start": [one.written - one.in_kafka for one in landed],
        "commit's start to its object": [one.in_bronze - one.written for one in landed],
    }
    behind = [
        (max(0.0, one.in_silver - one.in_bronze), one.in_silver - one.write.due)
        for one in landed
        if one.in_silver is not None
    ]
    found: dict[Measure, float] = {}
    for percent in (50, 95, 99):
        found[Measure(f"{name}: ack p{percent}", "ms")] = percentile(acks, percent) * 1000
    for percent in (50, 95, 99):
        found[Measure(f"{name}: due to readable in bronze p{percent}", "s")] = percentile(bronze, percent)
    for hop, seconds in hops.items():
        for percent in (50, 95):
            found[Measure(f"{name}: hop {hop} p{percent}", "ms")] = percentile(seconds, percent) * 1000
    for leg, seconds in (("bronze", [one for one, _ in behind]), ("due", [one for _, one in behind])):
        for percent in (50, 95, 99) if seconds else ():
            found[Measure(f"{name}: {leg} to readable in silver p{percent}", "s")] = percentile(
                seconds, percent
            )
    found[Measure(f"{name}: rate acknowledged", "a second")] = len(landed) / counted_s
    return found
