"""`lake quarantine`: what silver refused, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table
from tidelake.cli import output
from tidelake.cli.audit import chosen
from tidelake.cli.connection import connect
from tidelake.cli.json_file import JsonFile
from tidelake.contracts.contract import Contract
from tidelake.runtime.errors import LakeError, Terminal

app = typer.Typer()

_LONGEST = 120  # characters of an event id or a value on the screen


class NoQuarantine(LakeError, Terminal):
    """The dataset has no silver table, so that nothing is refused behind its door."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(
            f"{contract.address} has no silver table"
            + (
                " yet: silver-processor makes it when the contract is in force. See ./lake status."
                if contract.has_silver
                else ": silver is made of datasets with source: api and mode: append so far."
            )
        )


@app.command("ls")
def list_(
    datasets: Annotated[
        list[str] | None, typer.Argument(help="Datasets, or major versions such as flights.v2; default: all.")
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Count what is in quarantine, rule by rule."""
    from tidelake.cli.looking.quarantined import refusals
    from tidelake.cli.looking.tables import DatasetTables

    connection, console = connect(), output.console()
    table = Table("dataset", "rule", "field", "rows", "oldest", "newest")
    table.columns[3].justify = "right"
    rows: list[dict[str, Any]] = []
    for one in chosen(connection, datasets or []):
        outcomes = DatasetTables.open(connection.storage(), one.contract).outcomes
        for found in refusals(outcomes) if outcomes else ():
            rows.append({"dataset": one.contract.address, **asdict(found)})
            span = (f"{time:%Y-%m-%d %H:%M:%S}" for time in (found.oldest, found.newest))
            table.add_row(one.contract.address, found.rule, found.field, f"{found.rows:,}", *span)
    if rows:
        console.print(table)
        console.print("Times are silver's, in UTC. Next: ./lake quarantine show DATASET [--rule RULE]")
    else:
        console.print("Nothing is in quarantine.")
    if json_file:
        json_file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))


@app.command("show")
def show(
    dataset: Annotated[str, typer.Argument(help="The dataset, or a major version such as flights.v2.")],
    rule: Annotated[str | None, typer.Option(help="Only rows that break this rule.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows, the newest first.")] = 20,
    raw: Annotated[
        bool, typer.Option("--raw", help="The records as they were sent, too, classified values included.")
    ] = False,
    json_file: JsonFile = None,
) -> None:
    """Show rows in quarantine: where they stand, and every rule that they break."""
    from tidelake.cli.looking.quarantined import quarantined
    from tidelake.cli.looking.tables import DatasetTables

    connection, console = connect(), output.console()
    rows: list[dict[str, Any]] = []
    for one in chosen(connection, [dataset]):
        outcomes = DatasetTables.open(connection.storage(), one.contract).outcomes
        if outcomes is None:
            raise NoQuarantine(one.contract)
        for found in quarantined(outcomes, rule, limit):
            console.print(
                f"{one.contract.address}  partition {found.partition}, offset {found.offset}  "
                f"{found.processed_at:%Y-%m-%d %H:%M:%S}  {_short(found.event_id or 'no event id')}",
                markup=False,
            )
            for reason in found.reasons:
                place = f"{reason.field}: " if reason.field else ""
                console.print(f"    {place}{reason.rule}, {reason.value}; {reason.expected}", markup=False)
            value = None if found.value is None else found.value.decode(errors="replace")
            if raw:
                console.print(f"    {value}", markup=False)
            rows.append({**asdict(found), "dataset": one.contract.address, "value": value if raw else None})
    if rows:
        console.print("\nNext: ./lake trace EVENT_ID shows the whole road of one of them.")
    else:
        console.print(f"{dataset} has nothing in quarantine" + (f" for the rule {rule}." if rule else "."))
    if json_file:
        json_file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
