"""`lake trace`: the road of one event."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from tidelake.cli import output
from tidelake.cli.audit import chosen
from tidelake.cli.connection import connect
from tidelake.cli.json_file import JsonFile
from tidelake.contracts.contract import Contract

if TYPE_CHECKING:
    from tidelake.cli.looking.traced import Sighting


def command(
    event_id: Annotated[
        str, typer.Argument(help="As a receipt, bronze's key or silver's lake_event_id has it.")
    ],
    dataset: Annotated[
        str | None, typer.Option(help="The dataset, or a major version; default: all are looked through.")
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Show every row that holds an event: when the door took it, where it stands, what silver made of it.

    Exit code 1 if no table has it.
    """
    from tidelake.cli.looking.tables import DatasetTables
    from tidelake.cli.looking.traced import traced

    connection, console = connect(), output.console()
    rows: list[dict[str, Any]] = []
    for one in chosen(connection, [dataset] if dataset else []):
        tables = DatasetTables.open(connection.storage(), one.contract)
        for sighting in traced(tables, event_id):
            _print(sighting, one.contract, tables.silver is not None, console)
            rows.append({"dataset": one.contract.address, **asdict(sighting)})
    if json_file:
        json_file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    if not rows:
        console.print(
            f"No table of the lake has an event {event_id!r}. Ids are compared letter by letter, as receipts "
            "give them. One that was sent a moment ago is in bronze after about a second; one that the door "
            "refused never is. See ./lake audit for what waits.",
            markup=False,
        )
        raise typer.Exit(1)


def _print(sighting: Sighting, contract: Contract, has_silver: bool, console: Console) -> None:
    _, partition, offset = sighting.position
    console.print(
        f"{contract.address}  {sighting.topic}, partition {partition}, offset {offset}", markup=False
    )
    if sighting.trace_id:
        console.print(f"    trace {sighting.trace_id}", markup=False)
    steps: list[tuple[str, datetime | None]] = [
        (f"received by {'Kafka' if contract.log else 'the door'}", sighting.received_at),
        ("stamped for Kafka", sighting.kafka_timestamp),
        ("committed to bronze", sighting.written_at),
    ]
    decision = sighting.decision
    if decision is not None:
        repeats = f" of partition {decision.of[1]}, offset {decision.of[2]}" if decision.of else ""
        steps.append((f"silver: {decision.outcome}{repeats}", decision.processed_at))
    before: datetime | None = None
    for what, time in steps:
        if time is None:
            continue
        after = f"+{(time - before).total_seconds():.3f} s" if before else ""
        console.print(f"    {time:%Y-%m-%d %H:%M:%S.%f}"[:-3] + f"  {after:>12}  {what}", markup=False)
        before = time
    for reason in decision.reasons if decision else ():
        place = f"{reason.field}: " if reason.field else ""
        console.print(f"        {place}{reason.rule}, {reason.value}; {reason.expected}", markup=False)
    if decision is None:
        waits = "silver has not come to it yet: see ./lake status" if has_silver else "it has no silver table"
        console.print(f"    {waits}")
