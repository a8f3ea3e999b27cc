"""What processes cost between two moments."""

from collections.abc import Mapping

from tidelake.bench.errors import BenchFailed
from tidelake.local.memory import Cost, cost_of


class Meter:
    """Watches processes from its making on: processor time since then, and the most memory that was seen."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        """`pids` by the name of each process. Raises BenchFailed as `look` does."""
        self._pids = dict(pids)
        self._pss = dict.fromkeys(self._pids, 0)
        self._began = {name: self._cost(name).cpu_seconds for name in self._pids}

    def look(self) -> Mapping[str, Cost]:
        """By name: processor seconds so far, and the largest proportional set size at any look.

        Raises BenchFailed when a process is gone.
        """
        now = {name: self._cost(name) for name in self._pids}
        return {
            name: Cost(self._pss[name], cost.cpu_seconds - self._began[name]) for name, cost in now.items()
        }

    def glance(self) -> None:
        """As `look`, and a process that is gone is no matter: its memory is known as far as it was seen."""
        for name, pid in self._pids.items():
            self._remember(name, cost_of(pid))

    def largest_pss(self, name: str) -> int:
        """Bytes, the most at any look or glance."""
        return self._pss[name]

    def _cost(self, name: str) -> Cost:
        cost = cost_of(self._pids[name])
        if cost is None:
            raise BenchFailed(f"{name} ended while it was measured.", "Its log says why.")
        self._remember(name, cost)
        return cost

    def _remember(self, name: str, cost: Cost | None) -> None:
        if cost is not None:
            self._pss[name] = max(self._pss[name], cost.pss_bytes)
