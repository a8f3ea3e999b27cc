"""Keys that the outcomes say silver has, and rows that it has."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tidelake.ledger import upsert_keys
from tidelake.ledger.upsert_keys import AppliedKeys, rows_of

SCHEMA = pa.schema([("event_id", pa.string()), ("outcome", pa.string())])


def add(folder: Path, keys: Sequence[str | None], outcome: str) -> DeltaTable:
    rows = [{"event_id": key, "outcome": outcome} for key in keys]
    write_deltalake(str(folder), pa.Table.from_pylist(rows, SCHEMA), mode="append")
    return DeltaTable(str(folder))


def test_each_key_that_a_change_was_applied_to_counts_once(tmp_path: Path) -> None:
    keys = AppliedKeys()
    assert keys.count(add(tmp_path, ["a", "b", "a"], "inserted")) == 2
    assert keys.count(add(tmp_path, ["a", "b"], "updated")) == 2
    assert keys.count(add(tmp_path, ["c"], "deleted")) == 3, "its row stays, as that of a deleted key"
    assert keys.count(add(tmp_path, ["d", None], "quarantined")) == 3
    assert keys.count(add(tmp_path, ["a"], "inserted")) == 3, "it was deleted meanwhile"


def test_a_file_is_read_once_and_keys_that_go_with_it_count_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    keys_in = upsert_keys._keys_in  # pyright: ignore[reportPrivateUsage]

    def reading(path: str, files: Any) -> Any:
        read.append(path)
        return keys_in(path, files)

    monkeypatch.setattr(upsert_keys, "_keys_in", reading)
    keys = AppliedKeys()
    keys.count(add(tmp_path, ["a", "b"], "inserted"))
    table = add(tmp_path, ["c"], "inserted")
    assert (keys.count(table), keys.count(table)) == (3, 3)
    assert len(read) == len(set(read)) == 2
    table.delete("event_id = 'b'")
    assert (keys.count(table), len(read)) == (2, 3)
    keys.forget()
    assert (keys.count(table), len(read)) == (2, 5)


def test_rows_are_those_of_the_files_in_force_whether_the_log_says_how_many_or_not(tmp_path: Path) -> None:
    table = add(tmp_path, ["a", "b", "c"], "inserted")
    table.delete("event_id = 'a'")
    assert rows_of(table) == 2
    (entry,) = tmp_path.glob("_delta_log/*01.json")
    lines = [json.loads(line) for line in entry.read_text().splitlines()]
    for line in lines:
        line.get("add", {}).pop("stats", None)
    entry.write_text("\n".join(json.dumps(line) for line in lines))
    assert rows_of(DeltaTable(str(tmp_path))) == 2
