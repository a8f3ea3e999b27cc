"""Counts one dataset by the positions in its tables, as often as it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from deltalake import DeltaTable
from tidelake.contracts.contract import Contract
from tidelake.ledger.position_files import BRONZE, OUTCOMES, SILVER, PositionFiles, Positions
from tidelake.ledger.silver_reader import DECISION, PROMISE
from tidelake.ledger.upsert_keys import AppliedKeys, rows_of
from tidelake.runtime.clock import Clock
from tidelake.tables.bronze_table import TableMissing
from tidelake.tables.positions import Source
from tidelake.tables.refusals import store_errors
from tidelake.tables.storage import LakeStorage

from monitor.core.gaps import GapWatch
from monitor.core.ledger import (
    Counted,
    Fault,
    LedgerCount,
    SilverPositions,
    count_ledger,
    files_missing,
)
from monitor.flows.look_for_files import FilesLook
from monitor.flows.prove_holes import Covered, HoleProof, Records
from monitor.outbound.kept_tables import KeptTable, oldest_written
from monitor.outbound.table_tokens import TableTokens

_SILVER_PATIENCE_S = 120.0
"""Silver-processor makes its tables after bronze's are there, and may be starting."""


class LedgerOf:
    """The count of one major version of a dataset. For one thread.

    The tables are opened outcomes first, bronze last: what silver holds and bronze lacks is a fault then, and
    what silver has promised and the outcomes lack is seen as that.
    """

    def __init__(
        self,
        storage: LakeStorage,
        contract: Contract,
        patience: timedelta,
        anew: timedelta,
        files_every: timedelta,
        clock: Clock,
    ) -> None:
        """`patience`: of GapWatch. `anew`: so often everything is read again. `files_every`: so often each
        file in force is asked for."""
        self._outcomes = KeptTable(storage, contract.outcomes_path), PositionFiles(OUTCOMES)
        self._silver = KeptTable(storage, contract.silver_path), PositionFiles(SILVER)
        self._bronze = KeptTable(storage, contract.bronze_path), PositionFiles(BRONZE)
        self._files = {
            path: FilesLook(path, files_every.total_seconds())
            for path in (contract.outcomes_path, contract.silver_path, contract.bronze_path)
        }
        self._keys = AppliedKeys()
        self._gaps = GapWatch(patience.total_seconds())
        self._holes = HoleProof()
        self._anew_s = anew.total_seconds()
        self._clock = clock
        self._began_anew = clock.monotonic()
        self._had_silver = False
        self._had_bronze_at: float | None = None

    def count(
        self, contract: Contract, topic_id: str, partitions: int, records: Records
    ) -> tuple[Counted, Mapping[str, DeltaTable], Mapping[Source, int]] | None:
        """The count, the tables by path as they were counted, and bronze's next offset of each partition.
        Where files are missing nothing is counted: there are no tables and no offsets then. None: there is no
        bronze yet.

        Raises TableMissing if one of silver's tables is gone, or does not come though the contract has
        silver, FilesMissing if a file went since it was looked for (see doubt_files), StoreUnavailable,
        StoreRefused, LogUnreadable, what `records` raises."""
        now = self._clock.monotonic()
        if now - self._began_anew >= self._anew_s:
            self._began_anew = now
            for _, files in (self._outcomes, self._silver, self._bronze):
                files.forget()
            self._keys.forget()
        tables = self._newest()
        missing = {path: self._files[path].missing(delta, now) for path, delta in tables.items()}
        if any(missing.values()):
            for kept, _ in (self._outcomes, self._silver, self._bronze):
                kept.forget()
            tables = self._newest()  # which may not name them any more
            missing = {path: self._files[path].still_missing(delta) for path, delta in tables.items()}
            if any(missing.values()):
                return Counted(self._by_the_logs(contract, tables, files_missing(missing)), {}), {}, {}
        bronze, silver, outcomes = (
            tables.get(path) for path in (contract.bronze_path, contract.silver_path, contract.outcomes_path)
        )
        if bronze is None:
            return None
        if self._had_bronze_at is None:
            self._had_bronze_at = now
        self._had_silver |= silver is not None or outcomes is not None
        is_late = contract.has_silver and now - self._had_bronze_at >= _SILVER_PATIENCE_S
        for path, found in ((contract.silver_path, silver), (contract.outcomes_path, outcomes)):
            if found is None and (self._had_silver or is_late):
                raise TableMissing(path)
        explained = None
        if outcomes is not None and silver is not None:
            explained = self._explained(contract, silver, outcomes)
        with store_errors("count the rows of", contract.bronze_path):
            rows = self._bronze[1].read(bronze)
            sources = [Source(topic_id, number) for number in range(partitions)]
            covered = _covered(self._bronze[0].tokens, bronze, sources)
        absent = self._holes.absent(rows.runs, covered, records)
        at = self._clock.now()
        awaits_silver = contract.has_silver and explained is None
        counted = count_ledger(rows, explained, absent, self._gaps, at, now, awaits_silver=awaits_silver)
        counted_in = tables if explained else {contract.bronze_path: bronze}
        return counted, counted_in, {source: ends.end for source, ends in covered.items()}

    def doubt_files(self) -> None:
        """Something could not read a file: the next count asks for all of them first."""
        for files in self._files.values():
            files.doubt()

    def _newest(self) -> Mapping[str, DeltaTable]:
        """Those that are there, by path, opened in this order."""
        opened = {kept.path: kept.newest() for kept, _ in (self._outcomes, self._silver, self._bronze)}
        return {path: delta for path, delta in opened.items() if delta is not None}

    def _by_the_logs(
        self, contract: Contract, tables: Mapping[str, DeltaTable], missing: Fault
    ) -> LedgerCount:
        """What can be said without reading a file."""
        rows: dict[str, int] = {}
        for path, delta in tables.items():
            with store_errors("count the rows of", path):
                rows[path] = rows_of(delta)
        versions = {path: delta.version() for path, delta in tables.items()}
        return LedgerCount(
            counted_at=self._clock.now(),
            bronze_version=versions.get(contract.bronze_path, 0),
            silver_version=versions.get(contract.silver_path),
            outcomes_version=versions.get(contract.outcomes_path),
            bronze_rows=rows.get(contract.bronze_path, 0),
            in_silver=rows.get(contract.silver_path, 0),
            outcomes={},
            waiting=0,
            suspects=0,
            faults=(missing,),
            silver_explains=contract.silver_explains,
        )

    def _explained(self, contract: Contract, silver: DeltaTable, outcomes: DeltaTable) -> SilverPositions:
        with store_errors("count the rows of", contract.silver_path):
            promised = self._silver[0].tokens.read(silver, [PROMISE])[PROMISE] or 0
            # Each commit of an upsert dataset writes files of silver anew, and its positions explain nothing:
            # they are not read.
            explains = contract.silver_explains
            found = self._silver[1].read(silver) if explains else _by_the_log(silver)
        with store_errors("count the rows of", contract.outcomes_path):
            decided = self._outcomes[0].tokens.read(outcomes, [DECISION])[DECISION] or 0
            read = self._outcomes[1].read(outcomes)
            keys = 0 if explains else self._keys.count(outcomes)
        return SilverPositions(found, read, promised > decided, explains, keys)


def _by_the_log(silver: DeltaTable) -> Positions:
    return Positions(silver.version(), rows_of(silver), {}, {})


def waits_since(counted: Counted, tables: Mapping[str, DeltaTable], contract: Contract) -> datetime | None:
    """When bronze committed the oldest row that waits for an outcome. Raises StoreUnavailable,
    StoreRefused."""
    if not counted.waiting:
        return None
    return oldest_written(tables[contract.bronze_path], contract.bronze_path, counted.waiting)


def _covered(tokens: TableTokens, bronze: DeltaTable, sources: Sequence[Source]) -> Mapping[Source, Covered]:
    found = tokens.read(bronze, [app for one in sources for app in (one.app_id, one.first_app_id)])
    return {
        source: Covered(found[source.first_app_id] or 0, end)
        for source in sources
        if (end := found[source.app_id]) is not None
    }
