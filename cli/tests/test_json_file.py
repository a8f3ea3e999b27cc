"""`--json` is looked at before anything is done."""

from pathlib import Path

import pytest
import typer
from tidelake.cli.json_file import writable
from tidelake.cli.main import main
from tidelake.local.stack import Stack


def test_a_folder_that_is_not_there_is_refused_before_the_demo_starts_anything(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--json", str(tmp_path / "none" / "demo.json")]) == 2
    shown = capsys.readouterr()
    assert "there is no folder" in " ".join(shown.err.replace("│", "").split())
    assert shown.out == ""
    assert not stack.home.root.exists()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="it is a folder"):
        writable(tmp_path)


def test_looking_leaves_nothing_behind_and_an_old_file_as_it_is(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text("[]")
    assert writable(old) == old
    assert writable(new) == new
    assert writable(None) is None
    assert list(tmp_path.iterdir()) == [old]
    assert old.read_text() == "[]"


def test_what_is_no_file_but_can_be_written_is_taken() -> None:
    assert writable(Path("/dev/null")) == Path("/dev/null")
