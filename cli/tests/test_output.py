"""Where commands write."""

import os
import pty
import re
from pathlib import Path

import pytest
from rich.table import Table
from tidelake.cli import output

LONG = "a-name-of-nearly-a-hundred-characters-" + "x" * 60


def test_in_a_pipe_a_row_is_a_line_and_no_word_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("one", "two", "three")
    table.add_row(LONG, LONG, LONG)
    output.console().print(table)
    assert capsys.readouterr().out.count(LONG) == 3


def test_on_a_terminal_it_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    ours, theirs = pty.openpty()
    try:
        with os.fdopen(theirs, "w") as terminal:
            monkeypatch.setattr("sys.stdout", terminal)
            assert output.console().width == 100
    finally:
        os.close(ours)


def test_no_command_makes_a_console_of_its_own() -> None:
    commands = Path(output.__file__).parent
    own = [
        str(path.relative_to(commands))
        for path in commands.rglob("*.py")
        if path.name != "output.py"
        # The demo draws what moves, and brings a console of its own.
        and path.parent.name != "demo"
        and re.search(r"\bConsole\(", path.read_text())
    ]
    assert own == []
