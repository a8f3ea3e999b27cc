"""The proof, before the first write, that the store refuses to overwrite: everything else rests on it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.tables.objects import Objects
from tidelake.tables.refusals import store_errors
from tidelake.tables.storage import LakeStorage

PROBES = "_probe/"
_RACERS = 4
_ROUNDS = 10
_SCHEMA = pa.schema([pa.field("racer", pa.int32())])


class PreconditionsIgnored(LakeError, Terminal):
    """The store let two writers write the same version of a table."""

    def __init__(self, root: str, accepted: int, versions: int) -> None:
        self.root = root
        super().__init__(
            f"{root} does not honour put-if-absent: it told {accepted} of {_RACERS} racing writers that "
            f"their commit is in the table, and {versions} are. Rows would be lost here, so nothing is "
            "written. Use a store that keeps preconditions, such as Google Cloud Storage itself, and look "
            "for a proxy or an emulator on the way to it."
        )


class PreconditionsUnproven(LakeError, Terminal):
    """The store never had two writers at the same version, so nothing can be said of it."""

    def __init__(self, root: str) -> None:
        self.root = root
        super().__init__(
            f"{root} could not be proved to honour put-if-absent: in {_ROUNDS} rounds of {_RACERS} writers "
            "no two of them met and were both answered. Nothing is written. Start the process again; if it "
            "stays so, tell the maintainers."
        )


class Verdict(Enum):
    """What one round of racers shows."""

    PROVED = "proved"
    IGNORED = "ignored"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Round:
    """How one round ended. Racers share no source, so only the store itself can turn one away."""

    accepted: int  # racers that were told that their commit is in the table
    refused: int  # racers that lost put-if-absent twice
    versions: int  # commits that are in the table

    @property
    def verdict(self) -> Verdict:
        """Proved only if the store has turned somebody away. A round in which no two met shows nothing, nor
        does one with more commits than accepted ones: there an answer was lost."""
        if self.accepted > self.versions:
            return Verdict.IGNORED
        return Verdict.PROVED if self.refused and self.accepted == self.versions else Verdict.NOTHING


def prove_put_if_absent(storage: LakeStorage, objects: Objects, name: str) -> None:
    """Race several handles of one new table below `_probe/<name>` through the client that writes bronze.

    One after the other they would show nothing: deltalake lists the log before it writes, and a late handle
    finds the other's version and gives up without asking the store.

    Raises PreconditionsIgnored, PreconditionsUnproven, StoreUnavailable, StoreRefused.
    """
    try:
        for number in range(_ROUNDS):
            with store_errors("prove put-if-absent in", f"{PROBES}{name}"):
                outcome = _race(storage, f"{PROBES}{name}/{number}")
            if outcome.verdict is Verdict.IGNORED:
                raise PreconditionsIgnored(storage.root, outcome.accepted, outcome.versions)
            if outcome.verdict is Verdict.PROVED:
                return
        raise PreconditionsUnproven(storage.root)
    finally:
        for entry in objects.list(f"{PROBES}{name}/"):
            objects.delete(entry.path)


def _race(storage: LakeStorage, path: str) -> Round:
    uri = storage.uri(path)
    DeltaTable.create(uri, _SCHEMA, storage_options=storage.delta_options())
    start = threading.Barrier(_RACERS)

    def race(racer: int) -> bool:
        try:
            handle = DeltaTable(uri, storage_options=storage.delta_options())
        except BaseException:
            start.abort()  # else the others would wait for this one
            raise
        start.wait()
        properties = CommitProperties(app_transactions=[Transaction(str(racer), 1)], max_commit_retries=1)
        try:
            write_deltalake(handle, _SCHEMA.empty_table(), mode="append", commit_properties=properties)
        except CommitFailedError:
            return False
        return True

    with ThreadPoolExecutor(_RACERS) as racers:
        won = list(racers.map(race, range(_RACERS)))
    versions = DeltaTable(uri, storage_options=storage.delta_options()).version()
    return Round(accepted=sum(won), refused=len(won) - sum(won), versions=versions)
