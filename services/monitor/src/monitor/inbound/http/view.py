"""The picture in words and shapes, as the page shows it. Pure; the template escapes whatever it is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tidelake.contracts.names import LOGS_INBOUND

from monitor.core.delays import Delays
from monitor.core.freshness import TO_BRONZE, TO_SILVER, WHOLE, Freshness
from monitor.core.lines import LinesPicture
from monitor.core.picture import DatasetPicture, Picture
from monitor.core.usage import ProcessUsage

NOTHING = "–"
TREND_WIDTH, TREND_HEIGHT = 120, 28
BAR_WIDTH = 120
_LINES = LOGS_INBOUND.name


@dataclass(frozen=True, slots=True)
class HopView:
    """One arrow of the road."""

    name: str
    rate: str
    lag: str
    lag_unit: str
    delay: str
    state: str  # ok, warn, bad or idle


@dataclass(frozen=True, slots=True)
class DatasetView:
    """One row of the table of datasets."""

    picture: DatasetPicture
    state: str
    says: str
    figure: str
    slo: str
    bar: int  # of BAR_WIDTH, the whole of which is the contract's freshness
    trend: str  # points of a polyline
    trend_slo: float | None  # height of the contract's freshness in it
    parts: tuple[tuple[str, str], ...]  # what bronze's rows came to: word, rows
    hops: tuple[tuple[str, str, str], ...]  # name, delays in words, what they are computed from


@dataclass(frozen=True, slots=True)
class LinesView:
    """The row of the log lines."""

    name: str
    state: str
    says: str
    done: str
    parts: tuple[tuple[str, str], ...]  # what became of the lines, or did not yet: word, lines
    ledger: str
    trouble: str


@dataclass(frozen=True, slots=True)
class ProcessView:
    """One row of the table of processes."""

    usage: ProcessUsage
    cpu: str
    memory: str


@dataclass(frozen=True, slots=True)
class PageView:
    """All of the page."""

    at: datetime
    state: str
    headline: str
    hops: tuple[HopView, ...]
    in_bronze: str
    in_silver: str
    decided_otherwise: str
    datasets: tuple[DatasetView, ...]
    lines: LinesView | None  # None: no dataset follows log lines
    processes: tuple[ProcessView, ...]
    picture: Picture


def page_view(picture: Picture) -> PageView:
    """What the page says of a picture."""
    counts = [one.ledger for one in picture.datasets if one.ledger]
    state, headline = _headline(picture)
    return PageView(
        at=picture.at,
        state=state,
        headline=headline,
        hops=_road(picture),
        in_bronze=number(sum(count.bronze_rows for count in counts)),
        in_silver=number(sum(count.in_silver for count in counts)),
        decided_otherwise=number(sum(sum(count.outcomes.values()) for count in counts)),
        datasets=tuple(_dataset(one) for one in picture.datasets),
        lines=_lines(picture.lines),
        processes=tuple(
            ProcessView(one, _cores(one.cpu_cores), _bytes(one.memory_bytes)) for one in picture.processes
        ),
        picture=picture,
    )


def _headline(picture: Picture) -> tuple[str, str]:
    firing, blind = picture.firing, [one for one in picture.datasets if one.trouble]
    silent = [one for one in picture.processes if not one.answers]
    if firing:
        names = sorted({alert.condition.dataset for alert in firing})
        worst = "bad" if any(alert.condition.severity == "critical" for alert in firing) else "warn"
        return worst, f"{_count(len(firing), 'alert')} on {', '.join(names)}"
    if silent:
        return "warn", f"{_count(len(silent), 'process', 'processes')} not answering"
    if blind:
        return "warn", f"{_count(len(blind), 'dataset')} not looked at"
    if not picture.datasets:
        return "idle", "No dataset is in force yet"
    return "ok", f"{_count(len(picture.datasets), 'dataset')} fresh and accounted for, row by row"


def _road(picture: Picture) -> tuple[HopView, ...]:
    """The hops of all datasets together: rates and lags added up, the delay of the slowest."""
    rates = [one.rates for one in picture.datasets]
    fresh = [one.freshness for one in picture.datasets if one.freshness]
    waiting = [one.waiting for one in fresh]
    return (
        HopView("into Kafka", _per_s(one.kafka for one in rates), "", "", "", "ok" if fresh else "idle"),
        HopView(
            "to bronze",
            _per_s(one.bronze for one in rates),
            number(sum(one.unread for one in waiting)),
            "unread",
            _slowest(picture.datasets, TO_BRONZE),
            _hop_state(fresh, TO_BRONZE),
        ),
        HopView(
            "to silver",
            _per_s(one.silver for one in rates),
            number(sum(one.undecided for one in waiting)),
            "undecided",
            _slowest(picture.datasets, TO_SILVER),
            _hop_state(fresh, TO_SILVER),
        ),
    )


def _hop_state(datasets: Sequence[Freshness], name: str) -> str:
    """A hop is late if it alone takes some dataset beyond what its contract promises for the whole road."""
    if not datasets:
        return "idle"
    for one in datasets:
        hop = one.hop(name)
        waits = one.waiting.unread_s if name == TO_BRONZE else one.waiting.undecided_s
        if max(waits, hop.delays.p95_s if hop and hop.delays else 0.0) > one.slo_s:
            return "warn"
    return "ok"


def _slowest(datasets: Iterable[DatasetPicture], name: str) -> str:
    found = [one.freshness.hop(name) for one in datasets if one.freshness]
    delays = [hop.delays.p95_s for hop in found if hop and hop.delays]
    return seconds(max(delays)) if delays else NOTHING


def _dataset(one: DatasetPicture) -> DatasetView:
    fresh, count = one.freshness, one.ledger
    figure = fresh.figure_s if fresh else None
    state, says = _dataset_state(one)
    trend, slo_at = _trend(one.trend_s, one.slo_s)
    hops = [
        (_HOP_WORDS.get(hop.name, hop.name), _delays(hop.delays), hop.computed_from)
        for hop in (fresh.hops if fresh else ())
    ]
    parts: list[tuple[str, str]] = []
    if count and count.silver_version is not None:
        parts = [("in silver" if count.silver_explains else "keys in silver", number(count.in_silver))]
        parts += [(_words(word), number(rows)) for word, rows in count.outcomes.items()]
        if count.waiting:
            parts.append(("undecided", number(count.waiting)))
    return DatasetView(
        picture=one,
        state=state,
        says=says,
        figure=NOTHING if figure is None else seconds(figure),
        slo=seconds(one.slo_s),
        bar=0 if figure is None else round(BAR_WIDTH * min(1.0, figure / one.slo_s)),
        trend=trend,
        trend_slo=slo_at,
        parts=tuple(parts),
        hops=tuple(hops),
    )


_HOP_WORDS = {TO_BRONZE: "received → bronze", TO_SILVER: "bronze → silver", WHOLE: "received → silver"}


def _dataset_state(one: DatasetPicture) -> tuple[str, str]:
    if one.ledger and not one.ledger.is_read:
        return "bad", f"{_count(sum(fault.rows for fault in one.ledger.faults), 'data file')} missing"
    if one.ledger and one.ledger.faults:
        rows = sum(fault.rows for fault in one.ledger.faults)
        return "bad", f"{number(rows)} {'row' if rows == 1 else 'rows'} not accounted for"
    if one.trouble:
        return "warn", "not looked at"
    if one.freshness and not one.freshness.kept:
        return "warn", "later than promised"
    if one.freshness and one.freshness.figure_s is None:
        return "idle", "nothing comes"
    return "ok", "fresh and balanced"


def _lines(picture: LinesPicture) -> LinesView | None:
    count = picture.count
    if count is None:
        return (
            LinesView(_LINES, "warn", "not looked at", "", (), "", picture.trouble)
            if picture.trouble
            else None
        )
    lost = count.lost + count.deleted_unread
    state, says = "ok", "every line is somewhere"
    if lost:
        state, says = "bad", f"{_count(lost, 'line')} lost"
    elif picture.trouble:
        state, says = "warn", "not looked at"
    parts = [
        ("not routed yet", count.waiting),
        *((f"dead: {_words(reason)}", n) for reason, n in count.dead.items()),
    ]
    positions = " ".join(f"{source.topic_id}/{source.partition}/{at}" for source, at in count.examples)
    whole = "" if count.is_whole else "; what was routed before the monitor began is not all proved yet"
    found = "every line that was routed is somewhere" if not lost else f"NOT BALANCED {positions}"
    return LinesView(
        _LINES,
        state,
        says,
        number(count.done),
        tuple((word, number(lines)) for word, lines in parts if lines),
        f"{found}{whole}; counted at {count.counted_at:%H:%M:%S} UTC in bronze's tables and the dead letters",
        picture.trouble,
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _trend(figures: Sequence[float | None], slo_s: float) -> tuple[str, float | None]:
    """Points from left to right, and the height of the contract's freshness."""
    known = [figure for figure in figures if figure is not None]
    if len(known) < 2:
        return "", None
    top = max(slo_s, *known) * 1.1
    step = TREND_WIDTH / max(1, len(figures) - 1)

    def height(figure: float) -> float:
        return round(TREND_HEIGHT - TREND_HEIGHT * figure / top, 1)

    points = [
        f"{nth * step:.1f},{height(figure)}" for nth, figure in enumerate(figures) if figure is not None
    ]
    return " ".join(points), height(slo_s)


def _delays(delays: Delays | None) -> str:
    if delays is None:
        return "nothing went over it"
    parts = (("50 %", delays.p50_s), ("95 %", delays.p95_s), ("99 %", delays.p99_s), ("all", delays.max_s))
    return " · ".join(f"{share} within {seconds(figure)}" for share, figure in parts)


def _per_s(rates: Iterable[float | None]) -> str:
    known = [rate for rate in rates if rate is not None]
    if not known:
        return NOTHING
    total = sum(known)
    return f"{total:,.1f}" if 0 < total < 10 else number(round(total))


def number(figure: int) -> str:
    """With a thin space between thousands."""
    return f"{figure:,}".replace(",", "\u202f")


def seconds(figure: float) -> str:
    """In the unit that people would choose."""
    if figure < 0.9995:
        return f"{figure * 1000:.0f} ms"
    if figure < 100:
        return f"{figure:.1f} s" if figure % 1 else f"{figure:.0f} s"
    if figure < 5400:
        return f"{figure / 60:.0f} min"
    return f"{figure / 3600:.1f} h"


def _cores(cores: float | None) -> str:
    return NOTHING if cores is None else f"{cores * 100:.0f} %"


def _bytes(size: int | None) -> str:
    return NOTHING if size is None else f"{size / 1e6:,.0f} MB".replace(",", "\u202f")


def _count(figure: int, word: str, words: str = "") -> str:
    return f"{figure} {word}" if figure == 1 else f"{figure} {words or word + 's'}"
