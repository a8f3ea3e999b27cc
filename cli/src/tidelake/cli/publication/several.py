"""Several contracts, each by itself: what one lacks keeps no other from being finished."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from tidelake.contracts.contract import Contract
from tidelake.runtime.errors import LakeError, Terminal

from .waiting import WaitInterrupted


class NotAllDone(LakeError, Terminal):
    """More than one of several contracts was not finished. `problems`: why, in the order of the contracts."""

    def __init__(self, undone: Sequence[Contract], problems: Sequence[LakeError]) -> None:
        self.undone = tuple(contract.dataset for contract in undone)
        self.problems = tuple(problems)
        listed = "\n".join(str(problem) for problem in problems)
        named = ", ".join(f"{one.dataset} {one.version}" for one in undone)
        super().__init__(f"Not done: {named}. What else was named is in force.\n{listed}")


class Several:
    """Keeps what went wrong until all had their turn."""

    def __init__(self, undone: Callable[[Contract], None]) -> None:
        """`undone` hears at once of each that is not finished."""
        self._tell = undone
        self._problems: list[tuple[Contract, LakeError]] = []

    @contextmanager
    def one(self, contract: Contract) -> Generator[None]:
        """A contract's turn. Raises WaitInterrupted, which ends all turns."""
        try:
            yield
        except WaitInterrupted:
            raise
        except LakeError as problem:
            self._problems.append((contract, problem))
            self._tell(contract)

    def settle(self) -> None:
        """Raises the one problem that there was, or NotAllDone of several."""
        if len(self._problems) == 1:
            raise self._problems[0][1]
        if self._problems:
            undone, problems = zip(*self._problems, strict=True)
            raise NotAllDone(undone, problems)
