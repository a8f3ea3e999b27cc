"""What is lost, for people and for programs."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from .finding import LostRange

MEANING = (
    "Kafka deleted these records before bronze had read them, and nothing behind them is read. To give them "
    "up brings none of them back: they are gone from the lake for ever, and lake audit goes on naming them "
    "as lost. Whoever still has them can send them again, as new records."
)


def print_lost(lost: Sequence[LostRange], console: Console) -> None:
    """One line for each partition, and what giving up means."""
    table = Table(box=None, padding=(0, 1))
    table.add_column("topic", overflow="fold")
    for heading in ("partition", "first offset", "end (not included)", "records, at most"):
        table.add_column(heading, justify="right")
    for each in lost:
        table.add_row(
            each.topic,
            str(each.source.partition),
            str(each.offsets.first),
            str(each.offsets.end),
            f"{_offsets(each):,}",
        )
    console.print(table)
    console.print(MEANING)


def line_to_paste(dataset: str, partitions: Iterable[int]) -> str:
    """The command that does it."""
    chosen = [word for number in partitions for word in ("--partition", str(number))]
    return shlex.join(["./lake", "dataset", "give-up-offsets", dataset, *chosen, "--yes"])


def lost_as_json(each: LostRange) -> Mapping[str, Any]:
    """Everything that print_lost says of one partition, as data."""
    return {
        "dataset": each.dataset,
        "major": each.major,
        "topic": each.topic,
        "topic_id": each.source.topic_id,
        "table": each.table,
        "partition": each.source.partition,
        "first": each.offsets.first,
        "end": each.offsets.end,
        "records_at_most": _offsets(each),
    }


def _offsets(each: LostRange) -> int:
    """Markers of transactions are among them, so that there were as many records or fewer."""
    return each.offsets.end - each.offsets.first
