"""ops.datasets is right whoever applies at the same time, and is not written to for nothing."""

from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import pytest
from deltalake import DeltaTable
from tidelake.cli.catalogue import datasets_table
from tidelake.cli.catalogue.dataset_row import DATASETS_SCHEMA, dataset_row
from tidelake.cli.catalogue.datasets_table import DATASETS, DatasetsTable, OtherColumns
from tidelake.tables.bronze_table import CommitFailed
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.racing import race

from .conftest import Edit

pytestmark = pytest.mark.conformance
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def opened(storage: LakeStorage) -> DeltaTable:
    return DeltaTable(storage.uri(DATASETS), storage_options=storage.delta_options())


def rows(storage: LakeStorage) -> list[dict[str, Any]]:
    """In the order of dataset and major version."""
    found = cast("Any", opened(storage)).to_pyarrow_table().to_pylist()
    return sorted(found, key=lambda row: (row["dataset"], row["major"]))


def test_a_contract_applied_again_makes_no_commit(storage: LakeStorage, contract: Edit) -> None:
    row = dataset_row(contract(), NOON)
    assert DatasetsTable(storage).put(row)
    version = opened(storage).version()
    assert not DatasetsTable(storage).put(row)
    assert opened(storage).version() == version
    assert rows(storage) == [row]


def test_a_newer_version_takes_the_place_of_its_own_major_version_alone(
    storage: LakeStorage, contract: Edit
) -> None:
    table = DatasetsTable(storage)
    versions = ("1.0.0", "2.0.0", "1.10.0")
    assert all(table.put(dataset_row(contract(("1.0.0", version)), NOON)) for version in versions)
    assert not table.put(dataset_row(contract(("1.0.0", "1.9.0")), NOON)), "an older one that came late"
    assert [row["version"] for row in rows(storage)] == ["1.10.0", "2.0.0"]


def test_all_who_apply_at_once_are_in_the_table_which_none_had_made(
    storage: LakeStorage, contract: Edit
) -> None:
    wanted = [dataset_row(contract(("1.0.0", f"{major}.0.0")), NOON) for major in range(1, 6)]
    assert all(race([partial(DatasetsTable(storage).put, row) for row in wanted]))
    assert rows(storage) == wanted


def test_one_dataset_applied_by_several_at_once_has_one_row(storage: LakeStorage, contract: Edit) -> None:
    row = dataset_row(contract(), NOON)
    race([partial(DatasetsTable(storage).put, row) for _ in range(4)])
    assert rows(storage) == [row]
    assert opened(storage).version() == 1, "made, and one row put into it"


def test_a_commit_whose_answer_was_lost_counts_and_is_not_made_twice(
    storage: LakeStorage, contract: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge = DatasetsTable._merge  # pyright: ignore[reportPrivateUsage]

    def and_lose_the_answer(*arguments: Any) -> None:
        merge(*arguments)
        raise OSError("connection reset")

    monkeypatch.setattr(DatasetsTable, "_merge", and_lose_the_answer)
    row = dataset_row(contract(), NOON)
    assert DatasetsTable(storage).put(row)
    assert rows(storage) == [row]
    assert opened(storage).version() == 1


def test_who_never_gets_a_commit_through_is_told(
    storage: LakeStorage, contract: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    DatasetsTable(storage).put(dataset_row(contract(), NOON))

    def refuse(*_: object) -> None:
        raise OSError("no")

    monkeypatch.setattr(DatasetsTable, "_merge", refuse)
    with pytest.raises(CommitFailed, match="ops/datasets"):
        DatasetsTable(storage).put(dataset_row(contract(("1.0.0", "1.0.1")), NOON))


def test_a_table_with_other_columns_is_left_alone_and_named(
    storage: LakeStorage, contract: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = dataset_row(contract(), NOON)
    fewer = DATASETS_SCHEMA.remove(21)
    before = {name: row[name] for name in fewer.names}
    with monkeypatch.context() as patch:
        patch.setattr(datasets_table, "DATASETS_SCHEMA", fewer)
        DatasetsTable(storage).put(before)
    with pytest.raises(OtherColumns, match="apply them again"):
        DatasetsTable(storage).put(row)
    assert rows(storage) == [before]


def test_it_asks_for_nothing_that_an_engine_of_the_lake_could_not_read(
    storage: LakeStorage, contract: Edit
) -> None:
    DatasetsTable(storage).put(dataset_row(contract(), NOON))
    protocol = opened(storage).protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    assert not protocol.reader_features
    assert not protocol.writer_features
    assert opened(storage).metadata().configuration["delta.enableExpiredLogCleanup"] == "false"
