"""`lake demo`: from nothing to checked answers, with a crash on the way."""

import time
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from tidelake.cli import output
from tidelake.cli.connection import connect
from tidelake.cli.dataset import apply_files
from tidelake.cli.here import checkout, default_stack
from tidelake.cli.json_file import JsonFile
from tidelake.cli.ledger.report import balance_as_json
from tidelake.cli.patience import interruptible
from tidelake.cli.ticks import TickList
from tidelake.local.stack import Stack
from tidelake.runtime.shutdown import StopSignal

from .cost import PeakMemory, print_cost
from .flights import MONTHS
from .interruption import Interrupted, Stopping, heard, leave
from .months import parse_months
from .phases import told
from .run import DemoRun, Plan
from .screen import print_delays
from .silver_run import SilverRun
from .traffic import Shares

CONTRACT = "datasets/flights.odcs.yaml"
EXIT_INTERRUPTED = 130


def command(
    months: Annotated[
        str | None,
        typer.Option(
            help="Months of 2013 to send, such as 1, 1-3 or 1,4-6, sent before or not; default: the next one."
        ),
    ] = None,
    all_months: Annotated[
        bool, typer.Option("--all", help="All twelve months, 336,776 flights, sent before or not.")
    ] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help="The newest month in the lake once more. Changes nothing beside --months and --all, which "
            "send theirs anyway.",
        ),
    ] = False,
    rate: Annotated[
        float | None, typer.Option(min=1, help="Events a second; default: as fast as it goes.")
    ] = None,
    broken_share: Annotated[
        float, typer.Option(min=0, max=1, help="Broken records per real flight, which the door must refuse.")
    ] = 0.01,
    doubtful_share: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Records per real flight that the door takes and silver must quarantine."
        ),
    ] = 0.01,
    repeat_share: Annotated[
        float, typer.Option(min=0, max=1, help="Repeats of earlier flights per real flight.")
    ] = 0.01,
    stop_after: Annotated[
        bool, typer.Option("--stop", help="Stop everything at the end; default: leave it up.")
    ] = False,
    json_file: JsonFile = None,
) -> None:
    """Start everything, send real flights, kill services in mid-stream, ask, and check every answer.

    Exit code 0 if door and silver judged every record rightly, the audit balances, every acknowledged record
    is in bronze and the answers are the CSV file's, else 1.
    """
    began = time.monotonic()
    wanted = _months(months, all_months)
    console = output.console()
    stack = default_stack()
    plan = Plan(wanted or (), rate, Shares(broken_share, doubtful_share, repeat_share), 2013)
    with interruptible() as stop:
        try:
            with PeakMemory(stack) as peak:
                console.print("… starting what does not run yet")
                with TickList(console) as ticks:
                    heard(stop, lambda: stack.up(ticks, stop), lambda: _say_stopping(console), leave_it=False)
                outcome = heard(
                    stop,
                    lambda: _run(stack, plan, again, stop, console),
                    lambda: _say_stopping(_silenced(console)),
                    leave_it=True,
                )
            outcome |= print_cost(time.monotonic() - began, peak.bytes, console)
        except Interrupted:
            _stop_all(stack, stop, _silenced(console))
            leave(EXIT_INTERRUPTED)
        if stop_after:
            _stop_all(stack, stop, console)
    if not stop_after:
        _print_addresses(stack, console)
    if json_file:
        json_file.write_bytes(orjson.dumps(outcome, option=orjson.OPT_INDENT_2))
    if not outcome["good"]:
        raise typer.Exit(1)


def _silenced(console: Console) -> Console:
    """Another console in its place: what is left to itself writes nothing any more, bars stay as they are."""
    console.quiet = True
    fresh = output.console()
    fresh.show_cursor()
    return fresh


def _say_stopping(console: Console) -> None:
    console.print("\n[yellow]Interrupted: stopping every process.[/]")


def _stop_all(stack: Stack, stop: StopSignal, console: Console) -> None:
    with TickList(console) as ticks:
        stack.down(ticks, Stopping(stop))


def _months(months: str | None, all_months: bool) -> list[int] | None:
    """None: the lake decides. Raises typer.BadParameter."""
    if all_months and months is not None:
        raise typer.BadParameter("choose months or all of them, not both", param_hint="--months and --all")
    if all_months:
        return list(MONTHS)
    try:
        return None if months is None else parse_months(months)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--months") from None


def _run(stack: Stack, plan: Plan, again: bool, stop: StopSignal, console: Console) -> dict[str, Any]:
    """All steps over a stack that is up; what came of them, and whether everything held (`good`)."""
    connection = connect()
    with told(console, "putting the contract into force"):
        contract = apply_files(connection, [checkout() / CONTRACT], console, stop)[0]
    run = DemoRun(stack, connection, contract, stop, console)
    silver = SilverRun(stack, connection, contract, stop, console) if connection.trino else None
    run.catch_up()
    if not plan.months:
        month = run.newest_month() if again else run.missing_month()
        if month is None:
            console.print("All twelve months are in the lake already; --again sends December once more.")
            balance = run.audit()
            return {"months": [], "audit": balance_as_json(balance), "good": balance.balanced}
        plan = replace(plan, months=[month])
    if silver is None:  # nobody would quarantine them
        plan = replace(plan, shares=replace(plan.shares, doubtful=0.0))
    began = datetime.now(UTC)
    reader_key = silver.key(began) if silver else ""
    version_before = silver.version() if silver else 0
    key = run.key(began)
    with silver.crash() if silver else nullcontext():
        receipted = run.send(plan, key, partial(silver.first_commit, version_before) if silver else None)
    run.catch_up()
    if silver:
        silver.catch_up()
    delays = [*run.delays(began), *(silver.delays(began) if silver else ())]
    print_delays(delays, console)
    balance = run.audit()
    lost = run.check_receipts(receipted)
    judged = silver.check_judged(receipted) if silver else None
    answered = silver.answer(plan.months, version_before, reader_key) if silver else run.answer(plan.months)
    foreign = run.foreign()
    equal = not answered.differences
    return {
        "months": list(plan.months),
        "sent": {kind.value: count for kind, count in receipted.sent.items()},
        "refused": {kind.value: count for kind, count in receipted.refused.items() if count},
        "quarantined": {kind.value: count for kind, count in judged.quarantined.items()} if judged else None,
        "acknowledged_and_not_in_bronze": lost,
        "acknowledged_and_misjudged_by_silver": len(judged.misjudged) if judged else None,
        "delays_s": [asdict(delay) for delay in delays],
        "audit": balance_as_json(balance),
        "answers": {answer.question.title: answer.rows for answer in answered.answers},
        "versions": answered.versions,
        "foreign_events": foreign.events,
        "answers_equal_csv": equal,
        "differences": [asdict(difference) for difference in answered.differences],
        "good": receipted.as_expected
        and balance.balanced
        and not lost
        and (judged is None or judged.as_expected)
        and equal,
    }


def _print_addresses(stack: Stack, console: Console) -> None:
    console.print("Everything stays up:")
    console.print(f"  ingest API  {stack.router_url}/v1/datasets/flights/events   gRPC {stack.router_grpc}")
    console.print(f"  Kafka       {stack.lake.kafka_bootstrap_servers}")
    console.print(f"  lake        {stack.lake.lake_root}   key file {stack.lake.service_account}")
    ask = ""
    if "query-gateway" in stack.names:
        console.print(f"  query API   {stack.gateway_url}/v1/query   gRPC {stack.gateway_grpc}")
        ask = './lake query "select ... from silver.flights" asks, '
    console.print(
        f"\nNext: {ask}./lake demo sends the next month, ./lake audit counts again, ./lake down stops."
    )
