"""Trino's rules are replaced whole, only when they changed, and never lost when they can't be."""

from pathlib import Path

import pytest
from query_gateway.outbound.rules_file import RulesNotWritten, write_rules


def test_they_are_written_once_for_each_change(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    assert write_rules(path, {"tables": []})
    assert not write_rules(path, {"tables": []})
    assert write_rules(path, {"tables": [{"user": "admin"}]})
    assert [one.name for one in tmp_path.iterdir()] == ["rules.json"]


def test_those_that_stand_there_stay_when_new_ones_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rules.json"
    write_rules(path, {"tables": []})
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RulesNotWritten, match="No space left"):
        write_rules(path, {"tables": [{"user": "admin"}]})
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["rules.json"]
