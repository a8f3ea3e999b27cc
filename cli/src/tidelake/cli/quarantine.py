"""`lake quarantine`: what silver refused, and why."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.table import Table
from tidelake.cli import output
from tidelake.cli.audit import chosen
from tidelake.cli.connection import connect
from tidelake.cli.json_file import JsonFile
from tidelake.contracts.contract import Contract
from tidelake.runtime.errors import LakeError, Terminal

if TYPE_CHECKING:
    from deltalake import DeltaTable

app = typer.Typer()

_LONGEST = 120  # characters of an event id or a value on the screen
_WHAT_TO_DO = (
    "To mend one, have its sender send the record again, corrected, with the same event id: it comes into "
    "silver as any new one. What stands in quarantine stays there, as what silver made of that row."
)


class NoQuarantine(LakeError, Terminal):
    """The dataset has no silver table, so that nothing is refused behind its door."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(
            f"{contract.address} has no silver table"
            + (
                " yet: silver-processor makes it when the contract is in force. See ./lake status."
                if contract.has_silver
                else ": of what comes by the door, silver is made with mode: append alone so far."
            )
        )


class UnknownRule(LakeError, Terminal):
    """Neither do rows in quarantine break such a rule, nor does the contract have it."""

    def __init__(self, dataset: str, rule: str, known: Iterable[str]) -> None:
        self.rule = rule
        self.known = tuple(sorted(known))
        super().__init__(
            f"{dataset} has no rule {rule!r}. Rules by which rows are or may be in its quarantine: "
            f"{', '.join(self.known) or 'none'}. Name one of them, or leave --rule out for all."
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
        console.print("Times are silver's, in UTC. Next:")
        for dataset, rule in dict.fromkeys((row["dataset"], row["rule"]) for row in rows):
            words = ("./lake", "quarantine", "show", dataset, "--rule", rule)
            console.print(f"  {shlex.join(words)}", markup=False)
        console.print(_WHAT_TO_DO)
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
    tables: list[tuple[Contract, DeltaTable]] = []
    for one in chosen(connection, [dataset]):
        outcomes = DatasetTables.open(connection.storage(), one.contract).outcomes
        if outcomes is None:
            raise NoQuarantine(one.contract)
        tables.append((one.contract, outcomes))
    rows: list[dict[str, Any]] = []
    for contract, outcomes in tables:
        for found in quarantined(outcomes, rule, limit):
            console.print(
                f"{contract.address}  partition {found.partition}, offset {found.offset}  "
                f"{found.processed_at:%Y-%m-%d %H:%M:%S}  {_short(found.event_id or 'no event id')}",
                markup=False,
            )
            for reason in found.reasons:
                place = f"{reason.field}: " if reason.field else ""
                console.print(f"    {place}{reason.rule}, {reason.value}; {reason.expected}", markup=False)
            value = None if found.value is None else found.value.decode(errors="replace")
            if raw:
                console.print(f"    {value}", markup=False)
            rows.append({**asdict(found), "dataset": contract.address, "value": value if raw else None})
    if rule is not None and not rows:
        _require_known(dataset, rule, tables)
    if rows:
        console.print(f"\nNext: {_trace(rows[0])}\n{_WHAT_TO_DO}", markup=False)
    else:
        console.print(f"{dataset} has nothing in quarantine" + (f" for the rule {rule}." if rule else "."))
    if json_file:
        json_file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))


def _require_known(dataset: str, rule: str, tables: Iterable[tuple[Contract, DeltaTable]]) -> None:
    """Raises UnknownRule."""
    from tidelake.cli.looking.quarantined import refusals

    known: set[str] = set()
    for contract, outcomes in tables:
        known |= {found.rule for found in refusals(outcomes)}
        known |= {each.name for each in contract.quality if each.decides_rows}
    if rule not in known:
        raise UnknownRule(dataset, rule, known)


def _trace(row: dict[str, Any]) -> str:
    """The command that shows the whole road of the row's event."""
    event_id = row["event_id"]
    if event_id is None:
        return f"./lake trace EVENT_ID --dataset {row['dataset']}"
    end = ["--"] if event_id.startswith("-") else []
    return shlex.join(["./lake", "trace", "--dataset", row["dataset"], *end, event_id])


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
