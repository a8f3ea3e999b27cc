"""Tokens are those of deltalake, and are asked of it once."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from monitor.outbound.table_tokens import TableTokens

ROWS = pa.table({"n": [1]})


def commit(folder: Path, **tokens: int) -> DeltaTable:
    moved = [Transaction(app, version) for app, version in tokens.items()]
    properties = CommitProperties(app_transactions=moved)
    write_deltalake(str(folder), ROWS, mode="append", commit_properties=properties)
    return DeltaTable(str(folder))


class Asked(DeltaTable):
    """Counts how often it is asked."""

    times = 0

    def transaction_version(self, app_id: str) -> int | None:
        Asked.times += 1
        return super().transaction_version(app_id)


@pytest.fixture(autouse=True)
def unasked() -> None:
    Asked.times = 0


def test_they_follow_the_table_and_deltalake_is_asked_once(tmp_path: Path) -> None:
    tokens = TableTokens()
    for step in range(5):
        commit(tmp_path, a=step) if step % 2 else commit(tmp_path, b=10 + step)
        delta = Asked(str(tmp_path))
        expected = {app: DeltaTable(str(tmp_path)).transaction_version(app) for app in ("a", "b", "c")}
        assert tokens.read(delta, ["a", "b", "c"]) == expected
    assert Asked.times == 3


def test_versions_that_were_jumped_over_count_in_their_order(tmp_path: Path) -> None:
    tokens = TableTokens()
    tokens.read(commit(tmp_path, a=1), ["a"])
    commit(tmp_path, a=2)
    commit(tmp_path)
    assert tokens.read(commit(tmp_path, a=7), ["a"]) == {"a": 7}


def test_a_log_that_was_cleaned_up_makes_it_ask_anew(tmp_path: Path) -> None:
    tokens = TableTokens()
    tokens.read(commit(tmp_path, a=1), ["a"])
    commit(tmp_path, a=2)
    commit(tmp_path, a=3).create_checkpoint()
    (tmp_path / "_delta_log" / f"{1:020d}.json").unlink()
    assert tokens.read(Asked(str(tmp_path)), ["a"]) == {"a": 3}
    assert Asked.times == 1


def test_a_table_made_anew_makes_it_ask_anew(tmp_path: Path) -> None:
    tokens = TableTokens()
    commit(tmp_path / "first", a=1)
    tokens.read(commit(tmp_path / "first", a=2), ["a"])
    assert tokens.read(commit(tmp_path / "second", a=9), ["a"]) == {"a": 9}
