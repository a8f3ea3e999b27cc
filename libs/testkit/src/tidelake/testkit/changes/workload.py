"""A random workload on the table in memory, and all that Debezium sends of it: repeats and late snapshots
included."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from tidelake.testkit.changes.source import Sent, Source
from tidelake.testkit.changes.steps import Steps


class Workload:
    """Random steps on a source, as the changes that Debezium sends."""

    def __init__(self, random: Random, keys: int = 6) -> None:
        self.source = Source()
        self.sent = self.source.sent
        """Everything, in Kafka's order; a repeat is the same object again."""
        self._steps = Steps(random, self.source, keys)
        self._random = random
        self._late: tuple[int, Sequence[Sent]] | None = None

    def run(self, steps: int) -> Sequence[Sent]:
        """So many steps, and all that is still late."""
        self._snapshot()
        for number in range(steps):
            self.step(number)
        self._send_late(steps + 100)
        return self.sent

    def step(self, number: int) -> None:
        """One step of a random kind."""
        sending: Mapping[Callable[[], None], int] = {
            self._send_again: 2,
            self._snapshot: 1,
            lambda: self._snapshot_late(number): 1,
        }
        self._steps.step(sending)
        self._send_late(number)

    def _send_again(self) -> None:
        """Connect is killed, and begins again at the last offsets that it kept."""
        back = self._random.randrange(1, 30)
        self.sent += self.sent[-back:]

    def _snapshot(self) -> None:
        self.sent += self.source.snapshot()

    def _snapshot_late(self, number: int) -> None:
        """One that is taken now and sent later."""
        if self._late is None:
            self._late = number + self._random.randrange(1, 6), self.source.snapshot()

    def _send_late(self, number: int) -> None:
        if self._late is not None and self._late[0] <= number:
            self.sent += self._late[1]
            self._late = None
