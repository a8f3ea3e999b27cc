"""Which files are asked for, and when. The table is a folder here."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from monitor.flows import look_for_files
from monitor.flows.look_for_files import FilesLook
from tidelake.tables.missing_files import missing_files

EVERY_S = 60.0


def add(folder: Path) -> DeltaTable:
    """One more file, and the table with it."""
    write_deltalake(str(folder), pa.table({"n": [1]}), mode="append")
    return DeltaTable(str(folder))


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob("*.parquet"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The files that were asked for, call by call."""
    calls: list[list[str]] = []

    def seen(delta: DeltaTable, path: str, wanted: list[str]) -> list[str]:
        calls.append(sorted(wanted))
        return missing_files(delta, path, wanted)

    monkeypatch.setattr(look_for_files, "missing_files", seen)
    return calls


def test_each_file_is_asked_for_at_first_and_then_once_an_interval(
    tmp_path: Path, asked: list[list[str]]
) -> None:
    look = FilesLook("silver/a", EVERY_S)
    delta = add(tmp_path)
    (old,) = names(tmp_path)
    assert look.missing(delta, 0.0) == []
    delta = add(tmp_path)
    for now in (5.0, 59.0, 60.0, 64.0, 65.0):
        look.missing(delta, now)
    (new,) = set(names(tmp_path)) - {old}
    assert asked == [[old], [old], [new]], "a new one was there when it was committed"
    look.doubt()
    look.missing(delta, 66.0)
    assert asked[-1] == sorted([old, new])


def test_of_many_files_the_longest_unasked_come_first(
    tmp_path: Path, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_for_files, "_AT_ONCE", 2)
    look = FilesLook("silver/a", EVERY_S)
    add(tmp_path)
    add(tmp_path)
    delta = add(tmp_path)
    for now in (0.0, 5.0, 10.0):
        look.missing(delta, now)
    assert [len(call) for call in asked] == [2, 1]
    assert sorted(name for call in asked for name in call) == names(tmp_path)


def test_what_a_newer_version_does_not_name_is_not_missing(tmp_path: Path) -> None:
    look = FilesLook("silver/a", EVERY_S)
    add(tmp_path)
    delta = add(tmp_path)
    old = names(tmp_path)
    DeltaTable(str(tmp_path)).optimize.compact()
    for name in old:
        (tmp_path / name).unlink()
    assert look.missing(delta, 0.0) == old
    assert look.still_missing(delta) == old
    assert look.still_missing(DeltaTable(str(tmp_path))) == []
