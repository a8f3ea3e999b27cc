"""Data files that are gone or cut short are named, and none is called missing because the store is away."""

from __future__ import annotations

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tidelake.tables.errors import FilesMissing, StoreUnavailable
from tidelake.tables.missing_files import missing_files, require_files
from tidelake.tables.refusals import file_missing, store_errors
from tidelake.tables.storage import LakeStorage, StoreLimits
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.gcs_fixture import Emulator

pytestmark = pytest.mark.conformance

PATH = "silver/trips"


@pytest.fixture
def delta(storage: LakeStorage) -> DeltaTable:
    """A table of four files."""
    uri, options = storage.uri(PATH), storage.delta_options()
    for number in range(4):
        write_deltalake(uri, pa.table({"n": [number]}), mode="append", storage_options=options)
    return DeltaTable(uri, storage_options=options)


def test_files_that_are_gone_or_cut_short_are_named_and_no_others(
    delta: DeltaTable, storage: LakeStorage
) -> None:
    objects = storage.objects()
    names = sorted(path.rpartition("/")[2] for path in delta.file_uris())
    require_files(delta, PATH)
    objects.delete(f"{PATH}/{names[0]}")
    stored = objects.read(f"{PATH}/{names[2]}")
    assert stored is not None
    objects.replace(f"{PATH}/{names[2]}", stored.content[:-9], stored.generation)
    assert missing_files(delta, PATH) == [names[0], names[2]]
    assert missing_files(delta, PATH, [names[1], names[2], "of another version"]) == [names[2]]
    with pytest.raises(FilesMissing, match=rf"2 data files of {PATH} .* such as {names[0]}") as told:
        require_files(delta, PATH)
    assert (told.value.path, told.value.example, told.value.count) == (PATH, names[0], 2)


def test_a_store_that_does_not_answer_has_lost_no_file(emulator: Emulator, storage: LakeStorage) -> None:
    quick = LakeStorage(storage.root, storage.service_account, StoreLimits(max_retries=0))
    uri, options = quick.uri(PATH), quick.delta_options()
    write_deltalake(uri, pa.table({"n": [1]}), storage_options=options)
    delta = DeltaTable(uri, storage_options=options)
    emulator.faults.add(FaultRule("status", method="HEAD", path="parquet"))
    with pytest.raises(StoreUnavailable, match="look for the files of silver/trips"):
        missing_files(delta, PATH)


def test_what_reads_or_rewrites_a_table_without_its_file_is_told_so(
    delta: DeltaTable, storage: LakeStorage
) -> None:
    name = delta.file_uris()[0].rpartition("/")[2]
    storage.objects().delete(f"{PATH}/{name}")
    with pytest.raises(FilesMissing, match=name), store_errors("read", PATH):
        delta.to_pyarrow_table()
    merge = delta.merge(pa.table({"n": [0]}), "o.n = n.n", source_alias="n", target_alias="o")
    with pytest.raises(Exception, match=name) as failed:
        merge.when_matched_update_all().execute()
    told = file_missing(PATH, failed.value)
    assert told is not None
    assert told.example == name


def test_a_log_entry_that_is_gone_is_no_data_file() -> None:
    gone = OSError(
        "Object at location silver/trips/_delta_log/00000000000000000010.checkpoint.parquet not found"
    )
    assert file_missing(PATH, gone) is None
