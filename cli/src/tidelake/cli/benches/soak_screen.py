"""A soak's report on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from tidelake.bench.soak.report import Killed, SoakReport


def print_soak(report: SoakReport, console: Console) -> None:
    """Its figures, each kill, and what does not hold."""
    for source, one in report.written.items():
        console.print(
            f"{source}: {one.acknowledged:,} acknowledged, {one.rate:,.0f} a second of {one.wanted_rate:,.0f}"
            + (f", {one.given_up:,} not acknowledged in the end" if one.given_up else "")
        )
    total = sum(one.rate for one in report.written.values())
    console.print(f"together {total:,.0f} a second of {report.wanted_rate:,.0f}")
    console.print(_delays(report))
    console.print(_kills(report))
    if report.ended_by_themselves:
        console.print(f"Ended by themselves and started again: {', '.join(report.ended_by_themselves)}")
    if report.memory is None:
        console.print("Memory and sizes are not judged: the soak was too short to level off.")
    for finding in report.findings:
        console.print(f"[red]✗[/] {finding}")
    if report.holds:
        console.print("[green]✓[/] All that was acknowledged is there, the ledger balances, all recovered.")


def _delays(report: SoakReport) -> Table:
    table = Table(title="Due to readable in silver, s", title_justify="left", box=None, padding=(0, 1))
    for heading in ("dataset", "promised", "p50", "p95", "p99", "most", "stale", "acknowledged", "lost"):
        table.add_column(heading, justify="left" if heading == "dataset" else "right")
    for dataset, one in report.delay.items():
        kept = report.kept[dataset]
        figures = (f"{value:.1f}" for value in (one.promised, one.p50, one.p95, one.p99, one.most))
        table.add_row(dataset, *figures, f"{one.stale_share:.0%}", f"{kept.acknowledged:,}", f"{kept.lost:,}")
    return table


def _kills(report: SoakReport) -> Table:
    table = Table(title="Kills", title_justify="left", box=None, padding=(0, 1))
    table.add_column("at", justify="right")
    table.add_column("killed")
    for heading in ("served again", *(f"{dataset} recovered" for dataset in report.delay)):
        table.add_column(heading, justify="right")
    for kill in report.kills:
        served = "no" if kill.served_again is None else f"{kill.served_again - kill.at:.1f} s"
        recovered = (_recovered(kill, dataset, report.recovers_within_s) for dataset in report.delay)
        table.add_row(f"{kill.at:.0f} s", kill.name, served, *recovered)
    return table


def _recovered(kill: Killed, dataset: str, limit_s: float) -> str:
    one = kill.recoveries[dataset]
    text = f"{'' if one.over else '>'}{one.seconds:.1f} s"
    return text if one.within(limit_s) else f"[red]{text}[/]"
