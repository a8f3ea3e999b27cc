"""Waits, with its progress on the screen, until each part of the road has what the part before it had."""

import time
from collections.abc import Callable, Sequence

from rich.console import Console
from tidelake.cli.connection import Connection
from tidelake.contracts.contract import Contract
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.delta_bronze import DeltaBronzeTables

from .catch_up import (
    BRONZE_STANDS,
    LOGS_STAND,
    SILVER_STANDS,
    TABLES_STAND,
    Reach,
    catch_up,
    reach,
    reach_of_silver,
    together,
)
from .interruption import Interrupted
from .phases import phase
from .routed import reach_of_logs
from .table_equality import SourceTables


class CatchingUp:
    """For the datasets of one lake. Each method raises NotCatchingUp, Interrupted."""

    def __init__(
        self, connection: Connection, contracts: Sequence[Contract], stop: StopSignal, console: Console
    ) -> None:
        self._connection = connection
        self._contracts = contracts
        self._stop = stop
        self._console = console
        self._storage = connection.storage()

    def logs(self) -> None:
        """Every line that was shipped is in its dataset's topic, or among the dead letters."""
        bootstrap, topics = self._connection.kafka_bootstrap_servers, self._connection.topics()
        self._wait(
            "every line is routed", LOGS_STAND, lambda: reach_of_logs(bootstrap, topics), "log-router has"
        )

    def bronze(self) -> None:
        """Bronze has what Kafka had."""
        topics, tables = self._connection.topics(), DeltaBronzeTables(self._storage)
        handles = [(one.topic, tables.table(one.bronze_path)) for one in self._contracts]
        self._wait(
            "bronze has caught up with the last stable offset",
            BRONZE_STANDS,
            lambda: together(reach(topics, topic, table) for topic, table in handles),
            "bronze has",
        )

    def silver(self) -> None:
        """Silver has explained what bronze had."""
        self._wait(
            "silver has explained every row of bronze",
            SILVER_STANDS,
            lambda: together(reach_of_silver(self._storage, one) for one in self._contracts),
            "silver has",
        )

    def tables(self, tables: SourceTables) -> None:
        """Silver's tables are the source's, row for row."""
        self._wait(
            "silver has the database's tables, row for row",
            TABLES_STAND,
            tables.reach,
            "silver's tables have",
        )

    def _wait(self, done: str, stands: str, look: Callable[[], Reach], who: str) -> None:
        began = time.monotonic()
        with phase(self._console, f"waiting until {who} caught up", 1) as move:
            caught_up = catch_up(
                look,
                stands=stands,
                clock=SystemClock(),
                wait=self._stop.wait,
                on_reach=lambda now: move(now.written, now.total),
            )
        if not caught_up:
            raise Interrupted
        self._console.print(f"[green]✓[/] {done} (waited {time.monotonic() - began:.1f} s)")
