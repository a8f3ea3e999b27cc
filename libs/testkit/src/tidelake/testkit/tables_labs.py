"""A lake's bronze tables as a conformance suite needs them: the port, and what happens to it from outside."""

import uuid
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import pyarrow as pa
from deltalake import DeltaTable
from tidelake.tables.bronze_table import BronzeTables
from tidelake.tables.delta_bronze import DeltaBronzeTables
from tidelake.tables.memory_bronze import Fault, MemoryBronzeTables
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.gcs.faults_client import FaultRule
from tidelake.testkit.gcs_fixture import Emulator

_NEVER_REPEATED = 400
"""An answer after which deltalake gives up at once, and which says nothing about rights."""


class TablesLab(Protocol):
    """Bronze tables under test."""

    @property
    def tables(self) -> BronzeTables: ...

    def new_path(self) -> str:
        """A path that no table has."""
        ...

    def rows(self, path: str) -> pa.Table:
        """All rows, as an ordinary reader of the table finds them."""
        ...

    def losing_the_next_answer(self) -> AbstractContextManager[None]:
        """Within the block the next commit is kept, and the writer is not told."""
        ...

    def refusing_commits(self) -> AbstractContextManager[None]:
        """Within the block no commit can be made, and the table can be read."""
        ...

    def being_down(self) -> AbstractContextManager[None]:
        """Within the block the store does not answer at all."""
        ...

    def refusing_all(self) -> AbstractContextManager[None]:
        """Within the block the store says that this process may not."""
        ...

    def being_unfit(self, path: str) -> AbstractContextManager[None]:
        """Within the block the table that is there is none to write bronze to."""
        ...


class MemoryTablesLab:
    """The twin in memory."""

    def __init__(self) -> None:
        self.tables = MemoryBronzeTables()
        self._paths = 0

    def new_path(self) -> str:
        self._paths += 1
        return f"bronze/conformance_{self._paths}"

    def rows(self, path: str) -> pa.Table:
        return self.tables.rows(path)

    @contextmanager
    def losing_the_next_answer(self) -> Generator[None]:
        self.tables.faults.commits.append(Fault.ANSWER_LOST)
        yield

    @contextmanager
    def refusing_commits(self) -> Generator[None]:
        self.tables.faults.commits.extend([Fault.REFUSED] * 100)
        yield
        self.tables.faults.commits.clear()

    @contextmanager
    def being_down(self) -> Generator[None]:
        self.tables.faults.down = True
        yield
        self.tables.faults.down = False

    @contextmanager
    def refusing_all(self) -> Generator[None]:
        self.tables.faults.refusing = True
        yield
        self.tables.faults.refusing = False

    @contextmanager
    def being_unfit(self, path: str) -> Generator[None]:
        self.tables.faults.unfit.add(path)
        yield
        self.tables.faults.unfit.discard(path)


class DeltaTablesLab:
    """Delta tables on the emulator."""

    def __init__(self, storage: LakeStorage, emulator: Emulator) -> None:
        self.tables = DeltaBronzeTables(storage)
        self._storage = storage
        self._faults = emulator.faults

    def new_path(self) -> str:
        return f"bronze/conformance_{uuid.uuid4().hex}"

    def rows(self, path: str) -> pa.Table:
        table = DeltaTable(self._storage.uri(path), storage_options=self._storage.delta_options())
        return table.to_pyarrow_table()

    @contextmanager
    def losing_the_next_answer(self) -> Generator[None]:
        with self._faults.during(FaultRule("cut_after", method="PUT", path=r"_delta_log/\d+\.json", count=1)):
            yield

    @contextmanager
    def refusing_commits(self) -> Generator[None]:
        with self._faults.during(FaultRule("status", status=_NEVER_REPEATED, method="PUT")):
            yield

    @contextmanager
    def being_down(self) -> Generator[None]:
        with self._faults.during(FaultRule("status", status=_NEVER_REPEATED)):
            yield

    @contextmanager
    def refusing_all(self) -> Generator[None]:
        with self._faults.during(FaultRule("status", status=403)):
            yield

    @contextmanager
    def being_unfit(self, path: str) -> Generator[None]:
        self._set_append_only(path, "false")
        yield
        self._set_append_only(path, "true")

    def _set_append_only(self, path: str, value: str) -> None:
        table = DeltaTable(self._storage.uri(path), storage_options=self._storage.delta_options())
        table.alter.set_table_properties({"delta.appendOnly": value})
