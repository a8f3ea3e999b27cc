"""`lake audit`: counts door, Kafka, log lines, bronze and silver by itself, and says if they balance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from tidelake.cli import output
from tidelake.cli.connection import Connection, connect
from tidelake.cli.json_file import JsonFile
from tidelake.ledger.living import SignsOfLife

# The readers of Kafka and of tables take a second to import: each function imports what it needs.
if TYPE_CHECKING:
    from tidelake.contracts.registry import PublishedContract, PublishedContracts
    from tidelake.ledger.balance import DatasetBalance
    from tidelake.ledger.log_balance import LogBalance

_BEHIND = 3
"""Exit code: nothing is wrong, and something has not arrived."""


def command(
    datasets: Annotated[
        list[str] | None,
        typer.Argument(help="Datasets, or major versions such as flights.v2; all published ones without it."),
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Compare Kafka, bronze and silver position by position, the door's counts with them, and log lines with
    the datasets and dead letters that they went to.

    What Kafka has when the count begins is counted, and waited for: records that come in meanwhile change
    nothing. Exit code 0 if everything balances, 3 if it does so far and something is late, else 1.
    """
    connection = connect()
    from tidelake.cli.ledger.log_report import lines_as_json, print_lines
    from tidelake.cli.ledger.report import balance_as_json, print_balance
    from tidelake.contracts.names import LOGS_INBOUND
    from tidelake.ledger.balance import Verdict
    from tidelake.streams.errors import UnknownTopic
    from tidelake.tables.bronze_table import TableMissing, TableUnfit
    from tidelake.tables.errors import FilesMissing, StoreUnavailable

    # One that can't be counted hides no other: a file that can't be read is told as StoreUnavailable.
    uncountable = (UnknownTopic, TableMissing, TableUnfit, FilesMissing, StoreUnavailable)
    console = output.console()
    published = chosen(connection, datasets or [])
    balances: list[DatasetBalance] = []
    uncounted: list[str] = []
    for one in published:
        try:
            balances.append(audit(connection, one, console))
        except uncountable as cause:
            uncounted.append(f"{one.contract.address} can't be counted: {cause}")
    lines: LogBalance | None = None
    if not datasets or any(one.contract.log is not None for one in published):
        try:
            lines = audit_lines(connection, console)
        except uncountable as cause:
            uncounted.append(f"{LOGS_INBOUND.name} can't be counted: {cause}")
    for balance in balances:
        print_balance(balance, console)
    if lines is not None:
        print_lines(lines, console)
    for words in uncounted:
        console.print(words, style="red", markup=False)
    if not published:
        console.print("No contract is published yet, so there is nothing to count. Next: ./lake demo")
    if json_file:
        rows = [balance_as_json(balance) for balance in balances]
        rows += [lines_as_json(lines)] if lines is not None else []
        json_file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    verdicts = {balance.verdict for balance in (*balances, *([lines] if lines is not None else []))}
    if uncounted or Verdict.NOT_BALANCED in verdicts:
        raise typer.Exit(1)
    if Verdict.BEHIND in verdicts:
        raise typer.Exit(_BEHIND)


def chosen(connection: Connection, datasets: list[str]) -> list[PublishedContract]:
    """The published contracts of those datasets or addresses (all without any): one per major version.

    Raises UnknownDataset, StoreUnavailable.
    """
    from tidelake.cli.publication.published import UnknownDataset

    tables = _registry(connection).tables()
    names = [{published.contract.dataset, published.contract.address} for published in tables]
    for dataset in datasets:
        if not any(dataset in words for words in names):
            raise UnknownDataset(dataset, sorted(set[str]().union(*names)))
    wanted = set(datasets)
    return [one for one, words in zip(tables, names, strict=True) if not datasets or words & wanted]


def audit(connection: Connection, published: PublishedContract, console: Console) -> DatasetBalance:
    """Count one dataset, with a progress bar. Raises what take_balance raises."""
    from tidelake.ledger.door_reader import read_door
    from tidelake.ledger.take_balance import records_in_kafka, take_balance

    topics, registry = connection.topics(), _registry(connection)
    majors = [one for one in registry.tables() if one.contract.dataset == published.contract.dataset]
    bar = _bar(console)
    with bar:
        task = bar.add_task(
            published.contract.address, total=records_in_kafka(topics, published.contract.topic)
        )
        return take_balance(
            published,
            versions=registry.all_of(*published.table),
            storage=connection.storage(),
            bootstrap=connection.kafka_bootstrap_servers,
            topics=topics,
            door=read_door(connection.kafka_bootstrap_servers, topics, _signs(connection)),
            only_major=len(majors) == 1,
            progress=lambda records: bar.advance(task, records),
        )


def audit_lines(connection: Connection, console: Console) -> LogBalance | None:
    """Count logs.inbound, with a progress bar; None where there is nothing to count. Raises what
    take_log_balance raises."""
    from tidelake.contracts.names import LOGS_INBOUND
    from tidelake.ledger.take_balance import records_in_kafka
    from tidelake.ledger.take_log_balance import take_log_balance
    from tidelake.runtime.clock import SystemClock

    topics, contracts = connection.topics(), [one.contract for one in _registry(connection).tables()]
    fed_by_lines = [contract for contract in contracts if contract.log is not None]
    if not fed_by_lines and LOGS_INBOUND.name not in topics.topic_ids([LOGS_INBOUND.name]):
        return None
    bar = _bar(console)
    with bar:
        task = bar.add_task(LOGS_INBOUND.name, total=records_in_kafka(topics, LOGS_INBOUND.name))
        balance = take_log_balance(
            fed_by_lines,
            storage=connection.storage(),
            bootstrap=connection.kafka_bootstrap_servers,
            topics=topics,
            clock=SystemClock(),
            progress=lambda records: bar.advance(task, records),
        )
    return balance if fed_by_lines or balance.lines or balance.faults else None


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("counting {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def _registry(connection: Connection) -> PublishedContracts:
    from tidelake.contracts.registry import PublishedContracts

    registry = PublishedContracts(connection.objects())
    registry.refresh()
    return registry


def _signs(connection: Connection) -> SignsOfLife:
    router = connection.local_router()
    now = datetime.now(UTC)
    return SignsOfLife(now, router.name, router.started_at) if router else SignsOfLife(now)
