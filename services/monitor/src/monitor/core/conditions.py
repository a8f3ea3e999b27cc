"""What is an alert, and its words: numbers, positions, what it means, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.core.alerting import Condition
from monitor.core.freshness import Freshness
from monitor.core.ledger import MEANING, Fault, LedgerCount
from monitor.core.picture import DatasetPicture
from monitor.core.quarantine import allowed_share

FRESHNESS, LEDGER, QUARANTINE = "FreshnessSlo", "LedgerGap", "QuarantineShare"
TRUNCATED, STOPPED, UNWATCHED = "SourceTruncated", "SourceStopped", "NotWatched"
RUNBOOKS = {
    FRESHNESS: "freshness-slo.md",
    LEDGER: "ledger-gap.md",
    QUARANTINE: "quarantine-share.md",
    TRUNCATED: "source-truncated.md",
    STOPPED: "source-stopped.md",
    UNWATCHED: "not-watched.md",
}


@dataclass(frozen=True, slots=True)
class Patience:
    """What raises an alert, and how long it must hold before."""

    freshness: timedelta
    quarantine_share: float  # where the contract names no completeness


def conditions_of(picture: DatasetPicture, completeness: float | None, patience: Patience) -> list[Condition]:
    """All conditions of one dataset, whether they hold or not."""
    return [
        _freshness(picture, patience.freshness),
        _ledger(picture),
        _quarantine(picture, completeness, patience.quarantine_share),
        _truncated(picture),
        _unwatched(picture, patience.freshness),
    ]


def _freshness(picture: DatasetPicture, patience: timedelta) -> Condition:
    fresh, address = picture.freshness, picture.address
    if fresh is None:
        return Condition(FRESHNESS, address, None, picture.owner)
    is_known = fresh.waiting.unread_known and not _awaits_silver(picture)
    figure = fresh.figure_s
    seen = "nothing came and nothing waits" if figure is None else f"freshness {figure:.1f} s"
    means = (
        f"Readers see {address} as its contract promises."
        if fresh.kept
        else f"Readers see {address} later than its contract promises; nothing is lost by it. Next: ./lake "
        f"status says which service does not serve; see docs/runbooks/{RUNBOOKS[FRESHNESS]}."
    )
    return Condition(
        FRESHNESS,
        address,
        None if fresh.kept and not is_known else not fresh.kept,
        picture.owner,
        "warning",
        f"{address}: {seen}, and the contract promises {fresh.slo_s:g} s",
        f"{_freshness_numbers(fresh)} {means}",
        RUNBOOKS[FRESHNESS],
        patience,
    )


def _awaits_silver(picture: DatasetPicture) -> bool:
    """Whether what only silver can tell is not known yet."""
    count = picture.ledger
    return count is not None and (count.awaits_silver or not count.is_read)


def _freshness_numbers(fresh: Freshness) -> str:
    waiting = fresh.waiting
    words = [
        f"{hop.name}: 95 % within {hop.delays.p95_s:.1f} s ({hop.computed_from})."
        for hop in fresh.hops
        if hop.delays is not None
    ]
    if waiting.unread:
        words.append(
            f"{waiting.unread:,} offsets of Kafka are not in bronze, for at least {waiting.unread_s:.0f} s."
        )
    if waiting.undecided:
        words.append(
            f"{waiting.undecided:,} rows of bronze have no outcome, for at least {waiting.undecided_s:.0f} s."
        )
    return " ".join(words) or "Nothing came and nothing waits."


def _ledger(picture: DatasetPicture) -> Condition:
    count, address = picture.ledger, picture.address
    if count is None:
        return Condition(LEDGER, address, None, picture.owner)
    return Condition(
        LEDGER,
        address,
        # A row that is looked into may be the one that was told of before this process began.
        None if count.balanced and not count.is_whole else not count.balanced,
        picture.owner,
        "critical",
        f"{address}: {'; '.join(_faults(count)) or 'every row of bronze is accounted for'}",
        f"{_ledger_numbers(count) if count.is_read else _files_missing(count)} Next: ./lake audit {address} "
        f"counts Kafka as well; change nothing before; see docs/runbooks/{RUNBOOKS[LEDGER]}.",
        RUNBOOKS[LEDGER],
    )


def _faults(count: LedgerCount) -> Sequence[str]:
    return [f"{fault.rows:,} {MEANING[fault.kind]}{_examples(fault)}" for fault in count.faults]


def _examples(fault: Fault) -> str:
    places = [f"partition {source.partition} offset {offset}" for source, offset in fault.examples]
    places += fault.files[:1]  # their names are long; the description has more
    more = ["..."] if fault.rows > len(places) else []
    return f" ({', '.join([*places, *more])})" if places else ""


def _ledger_numbers(count: LedgerCount) -> str:
    outcomes = " + ".join(f"{word} {rows:,}" for word, rows in count.outcomes.items())
    silver = f"silver version {count.silver_version} has {count.in_silver:,}"
    if count.silver_explains:
        decided = f"{silver}{' + ' if outcomes else ''}{outcomes} (outcomes version {count.outcomes_version})"
    else:
        decided = f"outcomes version {count.outcomes_version} has {outcomes or 0}; {silver} keys"
    positions = "; ".join(
        f"{fault.kind}: " + ", ".join(fault.places) for fault in count.faults if fault.examples
    )
    return (
        f"Counted in the tables at {count.counted_at:%H:%M:%S} UTC: bronze version {count.bronze_version} "
        f"has {count.bronze_rows:,} rows; {decided}; {count.waiting:,} wait for an outcome."
        + (f" Positions (topic id/partition/offset): {positions}." if positions else "")
        + " Rows were lost, doubled or made up behind the lake's own services."
    )


def _files_missing(count: LedgerCount) -> str:
    files = ", ".join(place for fault in count.faults for place in fault.places)
    return (
        f"Looked for at {count.counted_at:%H:%M:%S} UTC: {files}. No service of the lake removes a file that "
        "a table needs: it was done behind their back. Until the files are back nothing else is counted, and "
        "freshness is not known."
    )


def _quarantine(picture: DatasetPicture, completeness: float | None, otherwise: float) -> Condition:
    found, address = picture.quarantine, picture.address
    if found is None:
        return Condition(QUARANTINE, address, None, picture.owner)
    allowed, whence = allowed_share(completeness, otherwise)
    minutes = found.window.total_seconds() / 60
    rules = ", ".join(f"{rule} {rows:,}" for rule, rows in found.rules.items())
    examples = ", ".join(f"partition {partition} offset {offset}" for partition, offset in found.examples)
    return Condition(
        QUARANTINE,
        address,
        found.quarantined > 0 and found.share > allowed,
        picture.owner,
        "warning",
        f"{address}: {found.quarantined:,} of {found.decided:,} rows went into quarantine in {minutes:g} min "
        f"({found.share:.2%}; allowed {allowed:.2%})",
        f"By rule: {rules or 'none'}. The newest: {examples or 'none'}. Allowed by {whence}. These records "
        "are kept with their bytes and reasons, and are not in silver. Next: ./lake quarantine ls "
        f"{address}; their senders correct them and send them again; see "
        f"docs/runbooks/{RUNBOOKS[QUARANTINE]}.",
        RUNBOOKS[QUARANTINE],
    )


def _truncated(picture: DatasetPicture) -> Condition:
    found, address = picture.truncate, picture.address
    if found is None:
        unknown = picture.ledger is None or _awaits_silver(picture)
        words = f"{address}: its source was not emptied in the last day"
        return Condition(TRUNCATED, address, None if unknown else False, picture.owner, summary=words)
    return Condition(
        TRUNCATED,
        address,
        True,
        picture.owner,
        "critical",
        f"{address}: {found.table} was emptied at its source (TRUNCATE, {found.at:%Y-%m-%d %H:%M:%S} UTC)",
        f"The marker stands at partition {found.partition} offset {found.offset}. Silver does not follow a "
        f"TRUNCATE: it keeps the rows that {found.table} had before, beside those that came since. Next: a "
        f"new snapshot of {found.table}; see docs/runbooks/{RUNBOOKS[TRUNCATED]}.",
        RUNBOOKS[TRUNCATED],
    )


def _unwatched(picture: DatasetPicture, patience: timedelta) -> Condition:
    address = picture.address
    return Condition(
        UNWATCHED,
        address,
        bool(picture.trouble),
        picture.owner,
        "warning",
        f"{address} can't be looked at" if picture.trouble else f"{address} is looked at again",
        f"{picture.trouble} Until it can be, nobody knows whether {address} is fresh and whole: its other "
        f"alerts stay as they are. Next: ./lake status; see docs/runbooks/{RUNBOOKS[UNWATCHED]}.",
        RUNBOOKS[UNWATCHED],
        patience,
    )
