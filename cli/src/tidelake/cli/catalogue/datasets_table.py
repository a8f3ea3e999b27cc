"""The Delta table ops/datasets: which datasets the lake has, for SQL and for every Delta reader."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable
from tidelake.runtime.errors import Blocked, LakeError, Terminal
from tidelake.tables.bronze import PLAIN_PROPERTIES
from tidelake.tables.bronze_table import CommitFailed, TableMissing
from tidelake.tables.delta_creation import create_unless_there, open_table
from tidelake.tables.refusals import commit_error, store_errors
from tidelake.tables.storage import LakeStorage

from .dataset_row import DATASETS_SCHEMA

DATASETS = "ops/datasets"
_DESCRIPTION = "The datasets of the lake. One row per dataset and major version, by the contract in force."
_PROPERTIES = {**PLAIN_PROPERTIES, "delta.logRetentionDuration": "interval 30 days"}
# Of several who commit at the same time one succeeds: as many as this may come at once.
_ATTEMPTS = 20
# A commit is made against what was read, or not at all: deltalake would lay a second row of the same dataset
# behind somebody else's.
_ONCE = CommitProperties(max_commit_retries=0)


class OtherColumns(LakeError, Terminal):
    """The table was made by another version of this program."""

    def __init__(self) -> None:
        super().__init__(
            f"{DATASETS} has other columns than this version of the lake writes. The contract is published "
            "and in force. Everything in the table comes from contracts: remove its folder, and apply them "
            "again."
        )


class DatasetsTable:
    """The table below a lake's root. Made when the first row is put into it."""

    def __init__(self, storage: LakeStorage) -> None:
        self._storage = storage

    def put(self, row: Mapping[str, Any]) -> bool:
        """Make `row` the one of its dataset and major version, unless a newer version's is there.

        False: nothing was to be changed, and nothing was written. Safe beside others who do the same.
        Raises OtherColumns, CommitFailed, StoreUnavailable, StoreRefused.
        """
        problem: CommitFailed | None = None
        for _ in range(_ATTEMPTS):
            table = self._open_or_make()
            found = self._find(table, row)
            if found == row:
                return problem is not None  # a commit whose answer was lost is in the table
            if found is not None and _numbers(found) > _numbers(row):
                return False
            try:
                self._merge(table, row)
            except Exception as cause:  # deltalake raises anything here; the table tells what became of it
                problem = commit_error(DATASETS, cause)
                if isinstance(problem, Blocked):
                    raise problem from cause
            else:
                return True
        assert problem is not None
        raise problem

    def _merge(self, table: DeltaTable, row: Mapping[str, Any]) -> None:
        same = "t.dataset = s.dataset and t.major = s.major"
        source = pa.Table.from_pylist([dict(row)], DATASETS_SCHEMA)
        merge = table.merge(source, same, source_alias="s", target_alias="t", commit_properties=_ONCE)
        merge.when_matched_update_all().when_not_matched_insert_all().execute()

    def _find(self, table: DeltaTable, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
        with store_errors("read", DATASETS):
            rows = table.to_pyarrow_table(
                filters=[("dataset", "=", row["dataset"]), ("major", "=", row["major"])]
            ).to_pylist()
        return rows[0] if rows else None

    def _open_or_make(self) -> DeltaTable:
        try:
            table = open_table(self._storage, DATASETS)
        except TableMissing:
            table = create_unless_there(self._storage, DATASETS, DATASETS_SCHEMA, _PROPERTIES, _DESCRIPTION)
        if [field.name for field in table.schema().fields] != DATASETS_SCHEMA.names:
            raise OtherColumns
        return table


def _numbers(row: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(int(number) for number in str(row["version"]).split("."))
