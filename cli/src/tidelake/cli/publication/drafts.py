"""Contracts as their teams write them, in files."""

from dataclasses import dataclass
from pathlib import Path

from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.runtime.errors import LakeError, Terminal


class UnreadableFile(LakeError, Terminal):
    """There is no text at that path."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(
            f"The contract {path} can't be read: {reason}. Name a file such as datasets/flights.odcs.yaml."
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A contract that is right in itself, with the very bytes that would be published."""

    origin: str
    text: bytes
    contract: Contract


def read_draft(path: Path) -> Draft:
    """The contract in a file. Raises UnreadableFile, and InvalidContract with every problem."""
    try:
        text = path.read_bytes()
        return Draft(str(path), text, parse_contract(text.decode(), str(path)))
    except OSError as problem:
        raise UnreadableFile(path, problem.strerror or str(problem)) from problem
    except UnicodeDecodeError as problem:
        raise UnreadableFile(path, f"it is not UTF-8 at byte {problem.start}") from problem
