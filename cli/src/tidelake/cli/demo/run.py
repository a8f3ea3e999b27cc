"""The demo as steps: each reads the lake as any user would, and says at once when something does not hold."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from deltalake import DeltaTable
from rich.console import Console
from tidelake.cli.audit import audit, audit_lines, chosen
from tidelake.cli.connection import Connection
from tidelake.cli.kept_keys import kept_key
from tidelake.cli.known_keys import door_knows
from tidelake.cli.ledger.log_report import print_lines
from tidelake.cli.ledger.report import print_balance
from tidelake.client.ingest import IngestClient
from tidelake.contracts.contract import Contract
from tidelake.ledger.balance import DatasetBalance
from tidelake.ledger.bronze_reader import read_bronze
from tidelake.ledger.log_balance import LogBalance
from tidelake.local.stack import Stack
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.delta_creation import open_table
from tidelake.tables.positions import Source

from .answers import Answer, answers_from_bronze, answers_from_csv
from .crash import Crash
from .delays import BRONZE, Delay, delays, readable_times
from .differences import Difference, differences
from .flights import flights
from .known_key import wait_until_known
from .months import newest_month, next_month
from .own_flights import Foreign, flights_by_month, flights_per_month, foreign_events
from .pace import halved, paced
from .phases import phase, told
from .screen import print_answers, print_foreign, print_receipted, print_verdict
from .send import Receipted, send
from .traffic import Shares, traffic

BATCH = 500
IN_FLIGHT = 4


@dataclass(frozen=True, slots=True)
class Answered:
    """What the lake answered, and where the CSV file says otherwise."""

    answers: Sequence[Answer]
    versions: Mapping[str, int]  # of the tables that the gateway read; empty without it
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class Plan:
    """What this demo sends."""

    months: Collection[int]
    rate: float | None  # events a second; None: as fast as it goes
    shares: Shares
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
        self._bronze = (self._storage.uri(contract.bronze_path), self._storage.delta_options())

    def missing_month(self) -> int | None:
        """The first that the lake does not have whole; None when it has all."""
        return next_month(self._held(), flights_per_month())

    def newest_month(self) -> int:
        """The last that the lake has flights of; January when it has none."""
        return newest_month(self._held())

    def key(self, now: datetime) -> str:
        """An API key that the door takes. Raises KeyNotKnown, Interrupted."""
        producer = min(self._contract.producers)
        with phase(self._console, "waiting until the door knows the API key"):
            kept = self._stack.home.demo_key
            key = kept_key(self._connection.objects(), producer, kept, now)
            url = self._connection.router_url
            wait_until_known("ingest-router", lambda: door_knows(url, key), self._stop.wait)
        self._console.print(f"[green]✓[/] API key for producer {producer}")
        return key

    def send(self, plan: Plan, api_key: str, halfway: Callable[[], object] | None) -> Receipted:
        """Send the months' flights with extras, kill a writer in mid-stream, and do `halfway` between two
        halves. Raises Interrupted."""
        per_month = flights_per_month()
        real = sum(per_month[month] for month in plan.months)
        total = round(real * (1 + plan.shares.broken + plan.shares.doubtful + plan.shares.repeats))
        mixed = traffic(flights(plan.months), plan.shares, plan.seed)
        done, waited_s = 0, 0.0

        def between() -> None:
            nonlocal waited_s
            began = time.monotonic()
            if halfway:
                halfway()
            waited_s = time.monotonic() - began

        with (
            Crash(self._stack, "bronze-writer-1", lambda: done >= total // 4, self._console, self._stop),
            IngestClient(self._connection.router_url, api_key) as client,
        ):
            began = time.monotonic()
            with phase(self._console, "sending", total) as move:

                def on_records(records: int) -> None:
                    nonlocal done
                    done += records
                    move(done)

                receipted = send(
                    client,
                    self._contract.address,
                    paced(
                        halved(mixed, total // 2, between),
                        rate=plan.rate,
                        wait=self._stop.wait,
                        burst=min(BATCH, 100),
                    ),
                    batch=BATCH if plan.rate is None else max(1, min(BATCH, round(plan.rate / 10))),
                    in_flight=IN_FLIGHT,
                    on_records=on_records,
                )
            print_receipted(receipted, time.monotonic() - began - waited_s, self._console)
        return receipted

    def delays(self, since: datetime) -> list[Delay]:
        """Delay of each hop over the rows written since then."""
        uri, options = self._bronze
        with phase(self._console, "measuring the delays to bronze"):
            table = DeltaTable(uri, storage_options=options)
            readable = readable_times(self._connection.objects(), self._contract.bronze_path, table)
            return delays(table, BRONZE, readable, since)

    def audit(self, contracts: Sequence[Contract]) -> list[DatasetBalance]:
        """Count everything with readers of our own."""
        wanted = {contract.address for contract in contracts}
        datasets = [contract.dataset for contract in contracts]
        balances: list[DatasetBalance] = []
        for published in chosen(self._connection, datasets):
            if published.contract.address in wanted:
                with told(self._console, f"counting {published.contract.address}"):
                    balances.append(audit(self._connection, published, self._console))
                print_balance(balances[-1], self._console)
        return balances

    def audit_lines(self) -> LogBalance | None:
        """As `audit`, of the log lines."""
        with told(self._console, "counting log lines"):
            balance = audit_lines(self._connection, self._console)
        if balance is not None:
            print_lines(balance, self._console)
        return balance

    def check_receipts(self, receipted: Receipted) -> int:
        """How many acknowledged positions are not in bronze, counted by the sender's own receipts."""
        topic_id = self._connection.topics().topic_id(self._contract.topic)
        path = self._contract.bronze_path
        with (
            phase(self._console, "looking for every receipt in bronze"),
            read_bronze(open_table(self._storage, path), path) as rows,
        ):
            lost = sum(
                len(wanted - set(rows.partition(Source(topic_id, partition)).offsets.tolist()))
                for partition, wanted in receipted.positions_by_partition().items()
            )
        verdict = "[green]all of them in bronze[/]" if not lost else f"[red]{lost:,} NOT in bronze[/]"
        self._console.print(f"  senders' receipts: {len(receipted.positions):,} positions, {verdict}\n")
        return lost

    def answer(self, months: Collection[int]) -> Answered:
        """A few questions, asked of the demo's own flights in the Delta table and in the CSV file."""
        with phase(self._console, "asking bronze"):
            answers = answers_from_bronze(*self._bronze, months)
        print_answers(answers, months, self._console)
        with phase(self._console, "asking the CSV file the same"):
            found = differences(answers, answers_from_csv(months))
        print_verdict(found, self._console)
        return Answered(answers, {}, found)

    def foreign(self) -> Foreign:
        """What else bronze holds."""
        with phase(self._console, "looking for what somebody else sent"):
            found = foreign_events(*self._bronze)
        print_foreign(found, self._console)
        return found

    def _held(self) -> dict[int, int]:
        with phase(self._console, "looking which months the lake has"):
            return flights_by_month(*self._bronze)
