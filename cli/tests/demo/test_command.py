"""What `lake demo` refuses before it starts anything."""

import pytest
from tidelake.cli.main import main
from tidelake.local.stack import Stack


def _refused(arguments: list[str], stack: Stack, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["demo", *arguments]) == 2
    assert not stack.home.root.exists()
    return " ".join(capsys.readouterr().err.replace("│", "").split())


def test_months_that_are_none_are_refused(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert "'13' is not months 1 to 12, or ranges" in _refused(["--months", "13"], stack, capsys)


def test_some_months_and_all_of_them_contradict_each_other(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "not both" in _refused(["--all", "--months", "1-3"], stack, capsys)


def test_the_help_says_what_again_does_beside_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.replace("│", "").split())
    assert "Changes nothing beside --months and --all" in shown
