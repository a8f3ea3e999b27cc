"""The problems of one contract, gathered while it is read."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from tidelake.contracts.parsing.lines import Document, Path
from tidelake.contracts.problems import ContractProblem

NOT_ODCS = "not_odcs"


class Findings:
    """Gathers problems, so that one reading reports them all."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: list[tuple[Path, ContractProblem]] = []

    def add(self, kind: str, path: Sequence[str | int], what: str, instead: str) -> None:
        """Note a problem of the value at `path`."""
        line = self._document.line(path)
        self._found.append((tuple(path), ContractProblem(line, kind, what, instead)))

    def add_at(self, line: int, kind: str, what: str, instead: str) -> None:
        """Note a problem of a line."""
        self._found.append(((), ContractProblem(line, kind, what, instead)))

    def any_at(self, path: Sequence[str | int]) -> bool:
        """Whether something is wrong with the value at `path` already."""
        return any(found == tuple(path) for found, _ in self._found)

    @property
    def problems(self) -> tuple[ContractProblem, ...]:
        """All of them, ordered by line; where the lake has a word of its own, the standard's is left out."""
        explained = {path for path, problem in self._found if problem.kind != NOT_ODCS and path}
        kept = {problem for path, problem in self._found if problem.kind != NOT_ODCS or path not in explained}
        return tuple(sorted(kept))


def did_you_mean(written: str, known: Sequence[str]) -> str:
    """A sentence that says what would be right, with the nearest word first."""
    nearest = get_close_matches(written, known, n=1)
    listed = ", ".join(known)
    return f"Did you mean {nearest[0]}? Known: {listed}." if nearest else f"Known: {listed}."
