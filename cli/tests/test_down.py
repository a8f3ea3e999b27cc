"""`lake down`."""

import io

import pytest
from tidelake.cli.main import main
from tidelake.local.stack import Stack


def test_nothing_running_is_said(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down"]) == 0
    assert capsys.readouterr().out == "Nothing was running.\n"


def test_data_are_not_removed_unasked(
    stack: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    stack.home.make()
    (stack.home.data / "x").write_bytes(b"kept")
    assert main(["down", "--purge"]) == 2
    assert "Say --yes if you mean it" in capsys.readouterr().out
    assert (stack.home.data / "x").exists()


def test_data_are_removed_on_request(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.home.make()
    (stack.home.data / "x").write_bytes(b"gone")
    assert main(["down", "--purge", "--yes"]) == 0
    assert not stack.home.root.exists()
    assert f"Downloads stay in {stack.cache}" in capsys.readouterr().out
