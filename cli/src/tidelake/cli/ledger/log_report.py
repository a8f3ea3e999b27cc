"""The balance of log lines for people and for programs."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from tidelake.cli.ledger.report import VERDICTS
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.ledger.log_balance import LogBalance

LINE_FAULTS = {
    "missing": "that the log-router is done with, and in no dataset and no dead letter: LOST",
    "deleted_unread": "deleted from Kafka before the log-router had read them: LOST",
    "unknown": "in a dataset or a dead letter, and not in logs.inbound",
}
LINE_REMARKS = {
    "waiting": "not routed yet",
    "rerouted": "in a dataset, and dead letters as well: they were routed once more by newer contracts",
    "unproved": "in no dataset, and as old as dead letters that Kafka no longer keeps: nobody can tell",
}


def print_lines(balance: LogBalance, console: Console) -> None:
    """The equation, the datasets, the dead letters by reason, the verdict."""
    console.print(f"[bold]{LOGS_INBOUND.name}[/]")
    words = "".join(
        f" + {word} {count:,}"
        for word, count in (
            ("not routed yet", balance.waiting),
            ("nowhere", balance.missing),
            ("unproved", balance.unproved),
        )
        if count
    )
    mark = "[green]✓[/]" if balance.balanced else "[red]✗[/]"
    console.print(
        f"  lines   {balance.lines:,} kept by Kafka = routed {balance.routed:,} "
        f"+ dead letters {balance.dead_letters:,}{words}  {mark}"
    )
    for one in balance.datasets:
        console.print(
            f"            {one.address} has {one.lines:,} of them"
            + (f", {one.repeats:,} repeats" if one.repeats else "")
            + (f", {one.strangers:,} records of its topic are no lines" if one.strangers else "")
        )
    for reason, count in balance.reasons.items():
        console.print(f"            dead letters {count:,}: {reason}", markup=False)
    for meanings, colour in ((LINE_REMARKS, ""), (LINE_FAULTS, "[red]")):
        for word, meaning in meanings.items():
            if positions := getattr(balance, word):
                console.print(f"  {colour}{positions:,} {meaning}")
    if balance.examples:
        console.print(f"            e.g. {', '.join(balance.examples)}", markup=False, soft_wrap=True)
    console.print(f"  {VERDICTS[balance.verdict]}\n")


def lines_as_json(balance: LogBalance) -> Mapping[str, Any]:
    """Everything that print_lines says, as data."""
    return {
        "address": LOGS_INBOUND.name,
        **asdict(balance),
        "balanced": balance.balanced,
        "verdict": balance.verdict,
    }
