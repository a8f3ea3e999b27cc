"""The random workload on real tables, and what the lake must have made of it in the end."""

import sys
import time
from collections import Counter
from collections.abc import Callable
from random import Random

from rich.console import Console
from tidelake.cli.audit import audit, chosen
from tidelake.ledger.balance import Verdict
from tidelake.testkit.changes.random_rows import keys_of, random_row
from tidelake.testkit.changes.steps import Steps
from tidelake.testkit.road.service_process import ServiceProcess
from tidelake.testkit.road.waiting import until

from .changing_table import Open, PostgresTable
from .following import Followed, connection_to

PATIENCE_S = 240.0
"""For what takes a fourth of it where nothing else runs."""
KEYS = 6
"""Of each table, by which steps go; those behind them are free."""


class Written:
    """One of the workload's tables: followed, and written to by random steps."""

    def __init__(self, followed: Followed, source: PostgresTable, random: Random) -> None:
        self.followed, self.source = followed, source
        self.steps: Steps[Open] = Steps(random, source, KEYS)
        self._random = random

    def leave_open(self) -> None:
        """A transaction that never ends, and one whose commit nobody hears of."""
        *_, perhaps, never = keys_of(self.followed.table, KEYS + 2)
        for key in (never, perhaps):
            tx = self.source.begin()
            self.source.insert(tx, random_row(self._random, self.followed.table, key, odd=0.0))
            if key == perhaps:
                self.source.commit_unheard(tx)

    def go_on_after_crash(self) -> None:
        """What was committed is there, and what was not is not."""
        known = dict(self.source.rows)
        self.source.reload()
        *_, perhaps, never = keys_of(self.followed.table, KEYS + 2)
        there = dict(self.source.rows)
        there.pop(perhaps, None)
        assert never not in there
        assert there == known

    def check(self) -> Counter[str]:
        """Every change is in bronze once, every row has its one outcome, and silver is what `SELECT *` says.
        Outcomes by number."""
        followed = self.followed
        assert followed.road.check(followed.dataset).clean, "bronze is Kafka, position by position"
        assert followed.arrived() == followed.written()
        outcomes = followed.outcomes()
        assert outcomes == followed.expected()
        assert followed.silver() == followed.rows()
        connection = connection_to(followed.road, followed.sources)
        (published,) = chosen(connection, [followed.dataset.name])
        balance = audit(connection, published, Console(quiet=True))
        assert balance.verdict is Verdict.BALANCED, balance
        return Counter(outcome for _, outcome in outcomes)


class Storm:
    """Steps on all tables, and waiting for what the lake makes of them."""

    def __init__(self, tables: list[Written], silver: ServiceProcess, random: Random) -> None:
        self.tables = tables
        self._silver, self._random = silver, random
        self._began = time.monotonic()

    def mark(self, what: str) -> None:
        """Shown with the seed when the test fails."""
        sys.stdout.write(f"{time.monotonic() - self._began:5.1f} s  {what}\n")

    def work(self, steps: int) -> None:
        """So many steps."""
        for _ in range(steps):
            self._random.choice(self.tables).steps.step()

    def wait_for_one(self, condition: Callable[[Followed], bool], what: str) -> None:
        """Returns when it holds of any table."""
        self._until(lambda: any(condition(one.followed) for one in self.tables), what)

    def wait(self, condition: Callable[[Followed], bool], what: str) -> None:
        """Returns when it holds of every table."""
        self._until(lambda: all(condition(one.followed) for one in self.tables), what)

    def wait_for_more(self, count: Callable[[Followed], int], what: str) -> None:
        """Returns when a figure of each table has grown, while steps go on."""
        before = [count(one.followed) for one in self.tables]

        def grown() -> bool:
            self.work(2)
            now = [count(one.followed) for one in self.tables]
            return all(more > less for more, less in zip(now, before, strict=True))

        self._until(grown, f"more {what}")

    def wait_explained(self) -> None:
        """Returns when all that was committed is in bronze and has its outcome."""
        self.wait(lambda one: not one.written() - one.arrived(), "all changes in bronze")
        for one in self.tables:
            one.followed.road.wait_caught_up(one.followed.dataset)
        self.wait(lambda one: one.explained() >= one.bronze_rows(), "all rows explained")

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        # Each look reads whole tables, and the processor is the services'.
        until(condition, PATIENCE_S, lambda: f"{what}\n{self._states()}", every=1.0)

    def _states(self) -> str:
        connect = self.tables[0].followed.sources.connect_log[-3000:]
        return f"{connect}\n{self._silver.report()}\n{self._silver.tail()}"
