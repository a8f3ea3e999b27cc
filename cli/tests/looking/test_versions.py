"""Versions are what the log says of them, whatever kind of commit made them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pyarrow as pa
from deltalake import write_deltalake
from tidelake.cli.looking.listing import Listed, list_tables
from tidelake.cli.looking.names import LakeTable
from tidelake.cli.looking.versions import rows_of, versions_of
from tidelake.tables.delta_log import commit_times

from .conftest import FolderLake

PATH = "silver/flights"


def entry(lake: FolderLake, version: int) -> Path:
    return lake.root / PATH / "_delta_log" / f"{version:020d}.json"


def test_versions_come_newest_first_with_the_stores_time_and_the_rows_added(lake: FolderLake) -> None:
    for numbers in ([1, 2], [3], [], [4, 5, 6]):
        lake.append(PATH, numbers)
    found = versions_of(lake.table(PATH), lake.objects, PATH, 3)
    assert [(one.version, one.operation, one.rows_added) for one in found] == [
        (3, "WRITE", 3),
        (2, "WRITE", 0),
        (1, "WRITE", 1),
    ]
    written = datetime.fromtimestamp(entry(lake, 3).stat().st_mtime, UTC)
    assert found[0].committed_at == written


def test_a_compaction_adds_no_row_and_a_rewrite_does_not_say(lake: FolderLake) -> None:
    for numbers in ([1, 2], [3]):
        lake.append(PATH, numbers)
    lake.table(PATH).optimize.compact()
    lake.table(PATH).delete("n = 1")
    rewritten, folded, *_ = versions_of(lake.table(PATH), lake.objects, PATH, 20)
    assert (folded.operation, folded.rows_added) == ("OPTIMIZE", 0)
    assert (rewritten.operation, rewritten.rows_added) == ("DELETE", None)
    assert rows_of(lake.table(PATH)) == 2


def test_a_version_of_the_past_is_told_from_its_own_log_entries(lake: FolderLake) -> None:
    for number in range(12):
        lake.append(PATH, [number])
    table = lake.table(PATH)
    table.load_as_version(10)
    assert [one.version for one in versions_of(table, lake.objects, PATH, 2)] == [10, 9]
    assert list(commit_times(lake.objects, PATH, [9, 11, 12])) == [9, 11]


def test_a_log_that_was_cleaned_up_ends_early(lake: FolderLake) -> None:
    for number in range(3):
        lake.append(PATH, [number])
    table = lake.table(PATH)
    entry(lake, 0).unlink()
    assert [one.version for one in versions_of(table, lake.objects, PATH, 20)] == [2, 1]


def test_without_statistics_the_number_of_rows_is_not_guessed(lake: FolderLake) -> None:
    lake.append(PATH, [1])
    log = entry(lake, 0)
    log.write_text(log.read_text().replace('"stats":"', '"unknown":"'))
    table = lake.table(PATH)
    assert rows_of(table) is None
    assert versions_of(table, lake.objects, PATH, 1)[0].rows_added is None


def test_what_is_missing_or_broken_hides_no_other_table(lake: FolderLake) -> None:
    lake.append(PATH, [1, 2])
    broken = lake.root / "silver/broken/_delta_log"
    broken.mkdir(parents=True)
    (broken / f"{0:020d}.json").write_text("{}")
    tables = [LakeTable(name, "silver", f"silver/{name}") for name in ("absent", "broken", "flights")]
    listing = list_tables(tables, lake.storage, lake.objects)
    (at,) = commit_times(lake.objects, PATH, [0]).values()
    assert listing.there == (Listed("flights", "silver", "silver.flights", 0, at, 2),)
    assert listing.absent == ("silver.absent",)
    assert "silver/broken" in listing.unreadable[0]


def test_a_table_without_rows_has_none(lake: FolderLake) -> None:
    empty = pa.table({"n": pa.array(cast("list[int]", []), pa.int64())})
    write_deltalake(lake.uri(PATH), empty)
    assert rows_of(lake.table(PATH)) == 0
