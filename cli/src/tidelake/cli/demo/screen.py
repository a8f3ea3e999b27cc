"""What the demo shows: progress bars, answers, delays, and where to go next."""

from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .answers import Answer
from .delays import Delay
from .send import Receipted
from .traffic import Kind


class Move(Protocol):
    """Moves a progress bar to `done`, and its end to `new_total`."""

    def __call__(self, done: int, new_total: int | None = None) -> None: ...


@contextmanager
def bar(console: Console, what: str, total: int) -> Generator[Move]:
    """A progress bar with rate, gone at its end."""
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total, rate="")

        def move(done: int, new_total: int | None = None) -> None:
            speed = progress.tasks[0].speed
            progress.update(
                task,
                completed=done,
                total=total if new_total is None else new_total,
                rate=f"{speed:,.0f}/s" if speed else "",
            )

        yield move


def print_receipted(receipted: Receipted, seconds: float, console: Console) -> None:
    """What was sent and what the door said, by kind."""
    real, repeats = receipted.sent[Kind.REAL], receipted.sent[Kind.REPEAT]
    refused = {kind: receipted.refused[kind] for kind in receipted.sent if kind.must_be_refused}
    console.print(
        f"[green]✓[/] {receipted.records:,} records sent in {seconds:.1f} s "
        f"({receipted.records / seconds:,.0f}/s): {real:,} real flights, {repeats:,} repeats, "
        f"{sum(refused.values()):,} broken ones refused at the door"
    )
    console.print(
        "  refused: " + ", ".join(f"{count} {kind.value}" for kind, count in sorted(refused.items()))
    )
    for sent, receipt in receipted.misjudged:
        console.print(
            f"  [red]✗ the door {receipt.status} a record that is {sent.kind.value}:[/] {sent.line[:200]!r}"
        )


def print_delays(delays: Sequence[Delay], console: Console) -> None:
    """Percentiles of each hop."""
    table = Table("hop", "p50", "p95", "p99", title="Delay of each hop (seconds)", box=None, padding=(0, 2))
    for delay in delays:
        table.add_row(delay.hop, f"{delay.p50:.3f}", f"{delay.p95:.3f}", f"{delay.p99:.3f}")
    for column in table.columns[1:]:
        column.justify = "right"
    console.print(table)


def print_answers(answers: Sequence[Answer], months: Collection[int], console: Console) -> None:
    """Each answer as a table."""
    for answer in answers:
        table = Table(*answer.columns, title=answer.question.title, title_justify="left", padding=(0, 1))
        for row in answer.rows:
            table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row))
        console.print(table)
    console.print(f"  (2013, months {', '.join(map(str, sorted(months)))}; each event id counted once)\n")
