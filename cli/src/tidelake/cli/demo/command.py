"""`lake demo`: from nothing to checked answers, with a crash on the way."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from tidelake.cli import output
from tidelake.cli.connection import Connection, connect
from tidelake.cli.dataset import apply_files
from tidelake.cli.here import checkout, default_stack
from tidelake.cli.json_file import JsonFile
from tidelake.cli.ledger.log_report import lines_as_json
from tidelake.cli.ledger.report import balance_as_json
from tidelake.cli.patience import interruptible
from tidelake.cli.ticks import TickList
from tidelake.contracts.contract import Contract
from tidelake.ledger.balance import DatasetBalance
from tidelake.local.parts import ALL_PARTS
from tidelake.local.stack import Stack
from tidelake.runtime.shutdown import StopSignal

from .catch_up import STANDSTILL
from .catching_up import CatchingUp
from .cost import PeakMemory, print_cost
from .delays import Delay
from .flights import MONTHS
from .interruption import Interrupted, Stopping, heard, leave
from .months import parse_months
from .other_sources import OtherSources
from .phases import told
from .raised_alerts import RaisedAlerts
from .run import Answered, DemoRun, Plan
from .screen import print_delays, print_own_findings
from .send import Receipted
from .silver_run import SilverRun
from .source_tables import load_source_tables
from .traffic import Kind, Shares

DATASETS = ("flights", "weather", "airlines", "airports", "planes")
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
    """Start everything, send real flights, ship weather, change tables, kill services in mid-stream, ask, and
    check every answer.

    Exit code 0 if door, log-router and silver judged every record and line rightly, the audit balances, all
    that was acknowledged is in bronze and the answers are the CSV files', else 1.
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
        if "alerts" in outcome:  # the whole stack
            print_own_findings(outcome["alerts"], outcome["lines"].get(Kind.NO_STREAM.value, 0), console)
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
    whole = set(stack.parts) >= ALL_PARTS
    if whole:
        with told(console, "making the database's tables as their CSV files have them"):
            load_source_tables(stack.postgres, stack.home.sources, partial(_tick, console))
    with told(console, "putting the contracts into force"):
        files = [checkout() / f"datasets/{name}.odcs.yaml" for name in (DATASETS if whole else DATASETS[:1])]
        contracts = apply_files(connection, files, console, stop, timeout=STANDSTILL)
    flights = contracts[0]
    run = DemoRun(stack, connection, flights, stop, console)
    catching_up = CatchingUp(connection, contracts, stop, console)
    catching_up.bronze()
    if not plan.months:
        month = run.newest_month() if again else run.missing_month()
        if month is None:
            console.print("All twelve months are in the lake already; --again sends December once more.")
            balances = run.audit(contracts)
            return {"months": [], **_audited(balances), "good": all(one.balanced for one in balances)}
        plan = replace(plan, months=[month])
    if whole:
        return _run_whole(run, stack, connection, contracts, catching_up, plan, stop, console)
    plan = replace(plan, shares=replace(plan.shares, doubtful=0.0))  # nobody would quarantine them
    began = datetime.now(UTC)
    receipted = run.send(plan, run.key(began), None)
    catching_up.bronze()
    delays = run.delays(began)
    print_delays(delays, console)
    balances = run.audit(contracts)
    lost = run.check_receipts(receipted)
    answered = run.answer(plan.months)
    return _outcome(run, plan, receipted, delays, balances, lost, answered)


def _run_whole(
    run: DemoRun,
    stack: Stack,
    connection: Connection,
    contracts: Sequence[Contract],
    catching_up: CatchingUp,
    plan: Plan,
    stop: StopSignal,
    console: Console,
) -> dict[str, Any]:
    """As `_run`, of all parts: silver, the gateway and the other sources too."""
    silver = SilverRun(stack, connection, contracts[0], stop, console)
    others = OtherSources(stack, connection, contracts, stop, console)
    began = datetime.now(UTC)
    reader_key, key, version_before = silver.key(began), run.key(began), silver.version()
    with ExitStack() as crashes:

        def halfway() -> None:
            silver.first_commit(version_before)
            catching_up.tables(others.tables)
            others.begin(plan.months, plan.shares.broken, plan.seed)
            crashes.enter_context(silver.crash())

        receipted = run.send(plan, key, halfway)
        others.end()
    catching_up.logs()
    catching_up.tables(others.tables)
    catching_up.bronze()
    catching_up.silver()
    delays = [*run.delays(began), *silver.delays(began)]
    print_delays(delays, console)
    balances = run.audit(contracts)
    of_lines = run.audit_lines()
    lost = run.check_receipts(receipted)
    judged = silver.check_judged(receipted)
    lines = others.check_lines()
    answered = silver.answer(plan.months, others.began_at, reader_key)
    quarantined = {"flights": judged.quarantined.total(), "weather": lines.judged.quarantined.total()}
    expected = [one.address for one in contracts if quarantined.get(one.dataset)]
    alerts = RaisedAlerts(connection, stop, console).of(expected)
    outcome = _outcome(run, plan, receipted, delays, balances, lost, answered)
    return outcome | {
        "quarantined": {kind.value: count for kind, count in judged.quarantined.items()},
        "acknowledged_and_misjudged_by_silver": len(judged.misjudged),
        "audit_lines": lines_as_json(of_lines) if of_lines else None,
        "lines": {kind.value: count for kind, count in lines.shipped.items()},
        "lines_lost": lines.lost,
        "lines_misjudged_by_silver": len(lines.judged.misjudged),
        "alerts": dict(alerts),
        "good": outcome["good"]
        and set(alerts) == set(expected)
        and judged.as_expected
        and lines.as_expected
        and of_lines is not None
        and of_lines.balanced,
    }


def _outcome(
    run: DemoRun,
    plan: Plan,
    receipted: Receipted,
    delays: Sequence[Delay],
    balances: Sequence[DatasetBalance],
    lost: int,
    answered: Answered,
) -> dict[str, Any]:
    foreign = run.foreign()
    equal = not answered.differences
    return {
        "months": list(plan.months),
        "sent": {kind.value: count for kind, count in receipted.sent.items()},
        "refused": {kind.value: count for kind, count in receipted.refused.items() if count},
        "acknowledged_and_not_in_bronze": lost,
        "delays_s": [asdict(delay) for delay in delays],
        **_audited(balances),
        "answers": {answer.question.title: answer.rows for answer in answered.answers},
        "versions": answered.versions,
        "foreign_events": foreign.events,
        "answers_equal_csv": equal,
        "differences": [asdict(difference) for difference in answered.differences],
        "good": receipted.as_expected and all(one.balanced for one in balances) and not lost and equal,
    }


def _audited(balances: Sequence[DatasetBalance]) -> dict[str, Any]:
    return {"audit": {one.address: balance_as_json(one) for one in balances}}


def _tick(console: Console, what: str) -> None:
    console.print(f"[green]✓[/] {what}")


def _print_addresses(stack: Stack, console: Console) -> None:
    console.print("Everything stays up:")
    console.print(f"  ingest API  {stack.router_url}/v1/datasets/flights/events   gRPC {stack.router_grpc}")
    console.print(f"  Kafka       {stack.lake.kafka_bootstrap_servers}")
    console.print(f"  lake        {stack.lake.lake_root}   key file {stack.lake.service_account}")
    ask = ""
    if "query-gateway" in stack.names:
        console.print(f"  query API   {stack.gateway_url}/v1/query   gRPC {stack.gateway_grpc}")
        console.print(f"  status page {stack.page_url}")
        ask = './lake query "select ... from silver.flights" asks, '
    console.print(
        f"\nNext: {ask}./lake demo sends the next month, ./lake audit counts again, ./lake down stops."
    )
