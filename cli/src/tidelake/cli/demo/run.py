"""The demo as steps: each reads the lake as any user would, and says at once when something does not hold."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from tidelake.cli.audit import audit, chosen
from tidelake.cli.connection import Connection
from tidelake.cli.ledger.balance import DatasetBalance
from tidelake.cli.ledger.bronze_reader import read_bronze
from tidelake.cli.ledger.report import print_balance
from tidelake.client.ingest import IngestClient
from tidelake.contracts.contract import Contract
from tidelake.contracts.registry import PublishedContract
from tidelake.local.stack import Stack
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.delta_bronze import DeltaBronzeTables
from tidelake.tables.positions import Source

from .answers import Answer, answers_from_bronze, answers_from_csv
from .catch_up import catch_up, reach
from .crash import Crash
from .delays import Delay, delays, readable_times
from .flights import flights, flights_per_month
from .interruption import Interrupted
from .pace import paced
from .screen import bar, print_answers, print_delays, print_receipted
from .send import Receipted, send
from .traffic import traffic

BATCH = 500
IN_FLIGHT = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """What this demo sends."""

    months: Collection[int]
    rate: float | None  # events a second; None: as fast as it goes
    broken_share: float
    repeat_share: float
    seed: int


class DemoRun:
    """One run over a stack that is up and a dataset that is applied."""

    def __init__(
        self, stack: Stack, connection: Connection, contract: Contract, stop: StopSignal, console: Console
    ) -> None:
        self._stack = stack
        self._connection = connection
        self._contract = contract
        self._stop = stop
        self._console = console
        self._storage = connection.storage()
        self._table = DeltaBronzeTables(self._storage).table(contract.bronze_path)

    def send(self, plan: Plan, api_key: str) -> Receipted:
        """Send the months' flights with extras, and kill a writer in mid-stream. Raises Interrupted."""
        per_month = flights_per_month()
        real = sum(per_month[month] for month in plan.months)
        total = round(real * (1 + plan.broken_share + plan.repeat_share))
        mixed = traffic(
            flights(plan.months),
            broken_share=plan.broken_share,
            repeat_share=plan.repeat_share,
            seed=plan.seed,
        )
        began = time.monotonic()
        with (
            IngestClient(self._connection.router_url, api_key) as client,
            bar(self._console, "sending", total) as move,
            Crash(self._stack, "bronze-writer-1", total // 2, self._console, self._stop) as crash,
        ):
            done = 0

            def on_records(records: int) -> None:
                nonlocal done
                done += records
                move(done)
                crash.on_records(records)

            receipted = send(
                client,
                self._contract.address,
                paced(mixed, rate=plan.rate, wait=self._stop.wait, burst=min(BATCH, 100)),
                batch=BATCH if plan.rate is None else max(1, min(BATCH, round(plan.rate / 10))),
                in_flight=IN_FLIGHT,
                on_records=on_records,
            )
        print_receipted(receipted, time.monotonic() - began, self._console)
        return receipted

    def catch_up(self) -> None:
        """Wait until bronze has what Kafka has. Raises NotCatchingUp, Interrupted."""
        topics = self._connection.topics()
        began = time.monotonic()
        with bar(self._console, "bronze catches up", 1) as move:
            caught_up = catch_up(
                lambda: reach(topics, self._contract.topic, self._table),
                clock=SystemClock(),
                wait=self._stop.wait,
                on_reach=lambda now: move(now.written, now.total),
            )
        if not caught_up:
            raise Interrupted
        self._console.print(
            "[green]✓[/] bronze has caught up with the last stable offset "
            f"(waited {time.monotonic() - began:.1f} s)"
        )

    def show_delays(self, since: datetime) -> list[Delay]:
        """Delay of each hop over the rows written since then."""
        readable = readable_times(self._connection.objects(), self._contract.bronze_path, self._table)
        uri = self._storage.uri(self._contract.bronze_path)
        found = delays(uri, self._storage.delta_options(), readable, since)
        print_delays(found, self._console)
        return found

    def audit(self) -> DatasetBalance:
        """Count everything with readers of our own."""
        published: PublishedContract = next(
            one
            for one in chosen(self._connection, [self._contract.dataset])
            if one.contract.major == self._contract.major
        )
        balance = audit(self._connection, published, self._console)
        print_balance(balance, self._console)
        return balance

    def check_receipts(self, receipted: Receipted) -> int:
        """How many acknowledged positions are not in bronze, counted by the sender's own receipts."""
        topic_id = self._connection.topics().topic_id(self._contract.topic)
        uri = self._storage.uri(self._contract.bronze_path)
        with read_bronze(uri, self._storage.delta_options()) as rows:
            lost = sum(
                len(wanted - set(rows.partition(Source(topic_id, partition)).offsets.tolist()))
                for partition, wanted in receipted.positions_by_partition().items()
            )
        verdict = "[green]all of them in bronze[/]" if not lost else f"[red]{lost:,} NOT in bronze[/]"
        self._console.print(f"  senders' receipts: {len(receipted.positions):,} positions, {verdict}\n")
        return lost

    def answer(self, months: Collection[int]) -> tuple[list[Answer], bool]:
        """A few questions, asked of the Delta table with an ordinary Delta reader; and whether the CSV file
        gives the same answers."""
        uri = self._storage.uri(self._contract.bronze_path)
        answers = answers_from_bronze(uri, self._storage.delta_options(), months)
        print_answers(answers, months, self._console)
        equal = answers == answers_from_csv(months)
        verdict = "[green]✓[/] the CSV file gives" if equal else "[red]✗ the CSV file does NOT give[/]"
        self._console.print(f"{verdict} the same answers\n")
        return answers, equal
