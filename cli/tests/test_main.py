"""The command line as a whole."""

from pathlib import Path

import pytest
from tidelake.cli.main import COMMANDS, main
from tidelake.runtime.errors import LakeError


def test_every_command_is_listed_with_its_summary_without_being_imported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for command in COMMANDS:
        assert f" {command.name} " in shown


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_tells_how_it_is_used(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"lake {command}" in capsys.readouterr().out


def test_no_arguments_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "Usage" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["no-such-command"], ["status", "--no-such-option"]])
def test_wrong_usage_is_exit_code_2_and_says_what_is_wrong(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "no-such" in capsys.readouterr().err


def test_an_error_of_the_lake_is_its_sentence_and_exit_code_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_wanted: str) -> None:
        raise LakeError("It broke [really]. Mend it.")

    monkeypatch.setattr("tidelake.cli.main.lake", fails)
    assert main(["status"]) == 1
    shown = capsys.readouterr()
    assert shown.err == "It broke [really]. Mend it.\n"
    assert shown.out == ""


def test_a_setting_that_can_not_be_understood_is_an_error_of_the_lake(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKE_PORTS", "some")
    assert main(["status"]) == 1
    assert "LAKE_PORTS='some' is not a number" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["up"], ["down"], ["status"], ["logs", "kafka"], ["keys", "ls"]])
def test_a_state_folder_that_can_not_be_used_is_said_in_a_sentence(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LAKE_HOME", str(tmp_path / "file" / "home"))
    assert main(arguments) == 1
    assert f"The state folder {tmp_path}/file/home can't be used" in capsys.readouterr().err
