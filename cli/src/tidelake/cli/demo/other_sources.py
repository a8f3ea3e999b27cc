"""The demo's steps beside the flights: tables of a database by change data, and weather by log lines."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from deltalake import DeltaTable
from rich.console import Console
from tidelake.cli.connection import Connection
from tidelake.cli.looking.dead_letters import read_dead_letters
from tidelake.contracts.contract import Contract
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.local.stack import Stack
from tidelake.runtime.shutdown import StopSignal

from .crash import Crash
from .judged import Judged, judged
from .phases import phase
from .screen import print_judged, print_lines
from .send import Position
from .shipped import shipped_positions
from .source_changes import CHANGES, make_change
from .table_equality import SourceTables
from .traffic import Kind
from .weather_lines import Shipper, log_traffic

_BATCH = 200
_BETWEEN = timedelta(milliseconds=200)
"""Between two batches of lines, and two changes: so that they come while others do."""
_BACK = timedelta(minutes=3)
"""Within which what is killed is to be killed, when all was written before."""


@dataclass(frozen=True, slots=True)
class Routed:
    """What became of the lines. Grain of the counts: line."""

    shipped: Mapping[Kind, int]
    lost: int  # neither in bronze nor among the dead letters
    judged: Judged

    @property
    def as_expected(self) -> bool:
        return not self.lost and self.judged.as_expected


class OtherSources:
    """One run over a stack with Connect and log-router; everything is written by a thread for each source."""

    def __init__(
        self,
        stack: Stack,
        connection: Connection,
        contracts: Sequence[Contract],
        stop: StopSignal,
        console: Console,
    ) -> None:
        self._stack = stack
        self._connection = connection
        [self._weather] = (one for one in contracts if one.source == "log")
        self.tables = SourceTables(stack.postgres, connection.storage(), contracts)
        self.began_at = datetime.now(UTC)
        """When nothing was changed yet."""
        self._stop = stop
        self._console = console
        self._shipper = Shipper(connection.kafka_bootstrap_servers)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="source")
        self._work: list[Future[None]] = []

    def begin(self, months: Collection[int], share: float, seed: int) -> None:
        """Ships lines and changes tables, and kills log-router and connect in the middle of it."""
        self.began_at = datetime.now(UTC)
        self._work = [
            self._pool.submit(self._ship, months, share, seed),
            self._pool.submit(self._change),
        ]
        self._pool.shutdown(wait=False)

    def end(self) -> None:
        """Returns when all is written and what was killed runs again. Raises LinesNotTaken, QueryFailed, and
        what starting raises."""
        with phase(self._console, "waiting until lines and changes are written, and all run again"):
            for work in self._work:
                work.result()

    def check_lines(self) -> Routed:
        """Whether every line that Kafka acknowledged is where it belongs, and silver says of it what the demo
        knows of it."""
        shipped = self._shipper.taken
        topics = self._connection.topics()
        inbound, topic = topics.topic_id(LOGS_INBOUND.name), topics.topic_id(self._weather.topic)
        with phase(self._console, "looking for every line in bronze, silver and the dead letters"):
            routed = shipped_positions(self._table(self._weather.bronze_path), topic, inbound)
            letters = read_dead_letters(self._connection.kafka_bootstrap_servers, topics)
            dead = {one.origin for one in letters}
            positions: dict[Position, Kind] = {}
            lost = 0
            for (partition, offset), kind in shipped.items():
                if kind is Kind.NO_STREAM:
                    lost += f"{inbound}/{partition}/{offset}" not in dead
                    continue
                found = routed.get((partition, offset), [])
                lost += not found
                positions |= dict.fromkeys(found[:1], kind)
            silver = self._table(self._weather.silver_path)
            found_judged = judged(silver, self._table(self._weather.outcomes_path), topic, positions)
        routed_lines = Routed(Counter(shipped.values()), lost, found_judged)
        print_lines(routed_lines.shipped, lost, self._console)
        print_judged(found_judged, self._console)
        return routed_lines

    def _ship(self, months: Collection[int], share: float, seed: int) -> None:
        lines = list(log_traffic(months, share, seed))
        each = iter(lines)
        with self._crash("log-router", lambda: len(self._shipper.taken) >= len(lines) // 2):
            while batch := list(islice(each, _BATCH)):
                self._shipper.ship(batch)
                if self._stop.wait(_BETWEEN):
                    return
        self._console.print(f"[green]✓[/] {len(lines):,} log lines shipped")

    def _change(self) -> None:
        done = 0
        with self._crash("connect", lambda: done >= len(CHANGES) // 2):
            for change in CHANGES:
                make_change(change, self._stack.postgres)
                done += 1
                self._console.print(f"[green]✓[/] {change.told}")
                if self._stop.wait(10 * _BETWEEN):
                    return

    def _crash(self, name: str, when: Callable[[], bool]) -> Crash:
        return Crash(self._stack, name, when, self._console, self._stop, _BACK, quiet=True)

    def _table(self, path: str) -> DeltaTable:
        storage = self._connection.storage()
        return DeltaTable(storage.uri(path), storage_options=storage.delta_options())
