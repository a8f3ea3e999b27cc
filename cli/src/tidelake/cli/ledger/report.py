"""The balance for people and for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from tidelake.ledger.balance import DatasetBalance, PartitionBalance, Verdict
from tidelake.ledger.silver_balance import SilverBalance

FAULTS = ("missing", "deleted_unread", "beyond_end", "doubled", "unknown")
REMARKS = ("waiting", "given_up", "not_covered", "expired", "unproved", "holes")
MEANING = {
    "missing": "in Kafka, read by a writer, and not in bronze: LOST",
    "waiting": "in Kafka, not written to bronze yet",
    "deleted_unread": "deleted from Kafka before bronze had read them: LOST",
    "beyond_end": "past the end of Kafka's log: Kafka has lost what bronze has",
    "doubled": "standing in bronze more than once",
    "unknown": "in bronze, and not in Kafka",
    "given_up": "deleted from Kafka before bronze had read them, and given up by a person: LOST",
    "not_covered": "in Kafka, before the first offset that bronze covers",
    "expired": "in bronze, and no longer kept by Kafka",
    "unproved": "without a row and no longer kept by Kafka: lost, or never a record; nobody can tell",
    "holes": "offsets without a record, proved by a second reader (markers, aborted or compacted records)",
}
VERDICTS = {
    Verdict.BALANCED: "[bold green]balanced[/]",
    Verdict.BEHIND: (
        "[bold yellow]balanced so far[/]: what is on its way had its time and has not arrived. "
        "Next: ./lake status, and count again"
    ),
    Verdict.NOT_BALANCED: "[bold red]NOT BALANCED[/]",
}
SILVER_FAULTS = {
    "missing": "in bronze without an outcome, though later ones have theirs: LOST",
    "doubled": "with more than one outcome",
    "unknown": "with an outcome, and not in bronze",
    "repeated": "standing in silver though the same event does already, within the dedupe window",
    "astray": "keys of which silver has not what their newest outcome says",
}


def print_balance(balance: DatasetBalance, console: Console) -> None:
    """One major version of a dataset: the door's equation, the partitions, the ids, the verdict."""
    console.print(f"[bold]{balance.address}[/]  bronze version {balance.bronze_version}")
    if balance.source == "api" or balance.door.received:
        _print_door(balance, console)
    console.print(_partitions(balance.partitions))
    console.print(
        f"  bronze  {balance.rows:,} rows in all{_keys(balance)}"
        + (
            f", {balance.rows_of_earlier_topics:,} of earlier topics"
            if balance.rows_of_earlier_topics
            else ""
        )
    )
    for word in (*FAULTS, *REMARKS):
        positions = sum(getattr(at, word) for at in balance.partitions)
        if positions:
            console.print(f"  {'[red]' if word in FAULTS else ''}{positions:,} {MEANING[word]}")
    if balance.silver is not None:
        _print_silver(balance.rows, balance.silver, console)
    else:
        console.print("  silver  has no tables, so nothing of it was counted")
    console.print(f"  {VERDICTS[balance.verdict]}\n")


def _print_door(balance: DatasetBalance, console: Console) -> None:
    door = balance.door
    console.print(
        f"  door    received {door.received:,} = acknowledged {door.acknowledged:,} "
        f"+ refused {sum(door.refused.values()):,} + unconfirmed {door.unconfirmed:,}  {_mark(door.balanced)}"
    )
    for reason, records in door.refused.items():
        console.print(f"            refused {records:,}: {reason}")
    if door.unfinished_runs:
        runs = "1 run" if door.unfinished_runs == 1 else f"{door.unfinished_runs} runs"
        console.print(
            f"            {runs} of the door gave no last count: idle now, or killed. What a killed one took "
            "in its last second may be missing in this line, and in nothing else"
        )
    if not balance.door_comparable:
        console.print(
            "            not compared with Kafka, which does not have all (or only) of this any more"
        )
    if balance.acknowledged_not_in_kafka:
        console.print(f"  [red]acknowledged and not in Kafka: {balance.acknowledged_not_in_kafka:,}[/]")


def _keys(balance: DatasetBalance) -> str:
    """What Kafka's keys say of the rows. Those of log lines are their shippers', and say nothing."""
    distinct, without = balance.distinct_ids, balance.rows_without_id
    match balance.source:
        case "api":
            words = f"{distinct:,} distinct ids, {balance.repeats:,} repeats"
            return f": {words}" + (f", {without:,} without an id" if without else "")
        case "cdc":
            return f": changes of {distinct:,} keys" + (f", {without:,} without a key" if without else "")
        case "log":
            return ""


def _print_silver(rows: int, silver: SilverBalance, console: Console) -> None:
    words = "".join(f" + {word} {count:,}" for word, count in silver.outcomes.items())
    if without := silver.unsettled + silver.newer:
        words += f" + none yet {without:,}"
    console.print(
        f"  silver  {rows:,} bronze rows = inserted {silver.inserted:,}{words}  {_mark(silver.balanced)}  "
        f"(silver version {silver.version}, outcomes version {silver.outcomes_version})"
    )
    for reason, count in silver.reasons.items():
        console.print(f"            quarantined {count:,}: {reason}", markup=False)
    if silver.waiting:
        console.print(f"  {silver.waiting:,} in bronze, with no outcome yet")
    if silver.newer:
        console.print(f"  {silver.newer:,} came in since the count began, and are on their way to an outcome")
    for word, meaning in SILVER_FAULTS.items():
        if positions := getattr(silver, word):
            console.print(f"  [red]{positions:,} {meaning}")


def _mark(good: bool) -> str:
    return "[green]✓[/]" if good else "[red]✗[/]"


def _partitions(partitions: Sequence[PartitionBalance]) -> Table:
    table = Table(box=None, padding=(0, 2))
    for heading in ("partition", "Kafka", "bronze"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for at in partitions:
        examples = f" e.g. offset {', '.join(map(str, at.examples))}" if at.examples else ""
        table.add_row(
            str(at.partition), f"{at.kafka_records:,}", f"{at.bronze_rows:,}", _mark(at.balanced) + examples
        )
    return table


def balance_as_json(balance: DatasetBalance) -> Mapping[str, Any]:
    """Everything that print_balance says, as data."""
    silver = balance.silver
    no_ids = balance.source == "log"
    return {
        **asdict(balance),
        "distinct_ids": None if no_ids else balance.distinct_ids,
        "rows_without_id": None if no_ids else balance.rows_without_id,
        "address": balance.address,
        "door": {**asdict(balance.door), "balanced": balance.door.balanced},
        "partitions": [{**asdict(at), "balanced": at.balanced} for at in balance.partitions],
        "kafka_records": balance.kafka_records,
        "repeats": None if no_ids else balance.repeats,
        "door_comparable": balance.door_comparable,
        "acknowledged_not_in_kafka": balance.acknowledged_not_in_kafka,
        "silver": silver and {**asdict(silver), "balanced": silver.balanced},
        "balanced": balance.balanced,
        "verdict": balance.verdict,
    }
