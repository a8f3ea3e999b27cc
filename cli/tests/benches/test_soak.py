"""The command `lake bench soak`, as far as nothing is started."""

from pathlib import Path

import pytest
from tidelake.cli.main import main


def test_only_what_the_stack_starts_again_can_be_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["bench", "soak", "--kill", "gcs"]) == 2
    said = capsys.readouterr().err
    assert "gcs can't be killed" in said
    assert "log-router" in said
    assert list(tmp_path.iterdir()) == []
