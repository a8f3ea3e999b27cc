"""What the demo shows of what it found: receipts, delays, answers and where they differ."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice

from rich.console import Console
from rich.table import Table

from .answers import Answer
from .delays import Delay
from .differences import Difference
from .figures import figure
from .judged import Judged
from .own_flights import Foreign
from .send import Receipted
from .traffic import Kind

DIFFERENCES_SHOWN = 5
LONGEST_ID = 100


def print_receipted(receipted: Receipted, seconds: float, console: Console) -> None:
    """What was sent and what the door said, by kind."""
    if not receipted.records:
        console.print("[red]✗ Nothing was sent:[/] there was no flight to send, so nothing was proved.")
        return
    real, repeats = receipted.sent[Kind.REAL], receipted.sent[Kind.REPEAT]
    refused = {kind: receipted.refused[kind] for kind in receipted.sent if kind.must_be_refused}
    doubtful = {kind: receipted.sent[kind] for kind in receipted.sent if kind.breaks}
    for_silver = f", {sum(doubtful.values()):,} for silver to quarantine" if doubtful else ""
    console.print(
        f"[green]✓[/] {receipted.records:,} records sent in {seconds:.1f} s "
        f"({receipted.records / seconds:,.0f}/s): {real:,} real flights, {repeats:,} repeats, "
        f"{sum(refused.values()):,} broken ones refused at the door{for_silver}"
    )
    if refused:
        console.print(f"  refused: {_by_kind(refused)}")
    if doubtful:
        console.print(f"  for silver: {_by_kind(doubtful)}")
    for sent, receipt in receipted.misjudged:
        console.print(
            f"  [red]✗ the door {receipt.status} a record that is {sent.kind.value}:[/] {sent.line[:200]!r}"
        )


def _by_kind(counts: Mapping[Kind, int]) -> str:
    return ", ".join(f"{count} {kind.value}" for kind, count in sorted(counts.items()))


def print_own_findings(quarantine: Collection[str], dead_letters: int, console: Console) -> None:
    """What `lake doctor` may find because of a whole demo. `quarantine`: datasets whose alert of it fires."""
    words = ["FreshnessSlo, as it killed services in mid-stream"]
    if quarantine:
        datasets = " and ".join(sorted(quarantine))
        words.append(f"QuarantineShare of {datasets}, as it sent records that only silver refuses")
    lines = ""
    if dead_letters:
        lines = f"; for an hour {dead_letters:,} dead letters, as it shipped lines of nobody's stream"
    console.print(
        "./lake doctor may find what this demo did on purpose: for some five minutes the alerts "
        f"{', and '.join(words)}{lines}. What else it finds is no part of the demo."
    )


def print_judged(found: Judged, console: Console) -> None:
    """What silver quarantined of what was sent, and where it judged otherwise than the demo."""
    if found.quarantined:
        console.print(f"  quarantined, each for the rules that it breaks: {_by_kind(found.quarantined)}")
    if found.as_expected:
        console.print("  senders' receipts: [green]silver decided every record as it should[/]\n")
        return
    console.print(f"  [red]✗ silver decided {len(found.misjudged):,} records otherwise than it should:[/]")
    for (partition, offset), (kind, verdict) in islice(found.misjudged.items(), DIFFERENCES_SHOWN):
        console.print(f"  {kind.value} at partition {partition}, offset {offset}: {verdict}", markup=False)
    console.print()


def print_lines(shipped: Mapping[Kind, int], lost: int, console: Console) -> None:
    """What was shipped, and whether all of it arrived."""
    extra = {kind: count for kind, count in shipped.items() if kind is not Kind.REAL}
    verdict = "[green]each in bronze or among the dead letters[/]" if not lost else f"[red]{lost:,} LOST[/]"
    console.print(f"  {sum(shipped.values()):,} log lines, of them {_by_kind(extra)}: {verdict}")


def print_delays(delays: Sequence[Delay], console: Console) -> None:
    """Percentiles of each hop."""
    table = Table("hop", "p50", "p95", "p99", title="Delay of each hop (seconds)", box=None, padding=(0, 2))
    for delay in delays:
        table.add_row(delay.hop, *(figure(seconds, 3) for seconds in (delay.p50, delay.p95, delay.p99)))
    for column in table.columns[1:]:
        column.justify = "right"
    console.print(table)


def print_answers(answers: Sequence[Answer], months: Collection[int], console: Console) -> None:
    """Each answer as a table."""
    for answer in answers:
        _print_answer(answer, answer.question.title, console)
    console.print(
        f"  (2013, months {', '.join(map(str, sorted(months)))}; the demo's own flights, each id once)"
    )


def print_earlier(answer: Answer, then: datetime, flights: int, console: Console) -> None:
    """One answer as of an earlier time, when silver had so many of the flights."""
    when = f"as of {then.astimezone(UTC):%H:%M:%S} UTC, before the tables were changed"
    _print_answer(answer, f"{answer.question.title}, {when}; silver had {flights:,} of the flights", console)


def _print_answer(answer: Answer, title: str, console: Console) -> None:
    table = Table(title=title, title_justify="left", padding=(0, 1))
    for nth, column in enumerate(answer.columns):
        table.add_column(column, justify="right" if nth else "left")
    for row in answer.rows:
        table.add_row(*map(figure, row))
    console.print(table)


def print_foreign(foreign: Foreign, console: Console) -> None:
    """One line about what somebody else sent; nothing if nobody did."""
    if not foreign.events:
        return
    are = "event in bronze is none of" if foreign.events == 1 else "events in bronze are not"
    such_as = f", such as {foreign.examples[0][:LONGEST_ID]}" if foreign.examples else ""
    console.print(f"  {foreign.events:,} {are} the demo's flights{such_as}", markup=False)


def print_verdict(found: Sequence[Difference], console: Console) -> None:
    """Whether the CSV files give the same answers, and where not."""
    if not found:
        console.print("[green]✓[/] the CSV files give the same answers\n")
        return
    console.print("[red]✗ the CSV files do NOT give the same answers:[/]")
    for difference in found[:DIFFERENCES_SHOWN]:
        console.print(f"  {difference}", markup=False)
    if len(found) > DIFFERENCES_SHOWN:
        console.print(f"  and {len(found) - DIFFERENCES_SHOWN:,} more")
    console.print()
