"""What is wrong with a contract, in the words of somebody who has to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidelake.runtime.errors import LakeError, Terminal


@dataclass(frozen=True, slots=True, order=True)
class ContractProblem:
    """One thing that is wrong, where it stands, and what would be right."""

    line: int  # 1 is the first
    kind: str  # snake_case, stable
    what: str
    instead: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what} {self.instead}"


class InvalidContract(LakeError, Terminal):
    """A contract can't be used. Carries every problem, ordered by line."""

    def __init__(self, origin: str, problems: Sequence[ContractProblem]) -> None:
        self.origin = origin
        self.problems = tuple(sorted(problems))
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        listed = "\n".join(f"  {origin}:{p.line}: {p.what} {p.instead}" for p in self.problems)
        super().__init__(f"The contract {origin} has {count} and was not used. Mend and try again:\n{listed}")
