"""Programs that refuse to run as root."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tidelake.local import unprivileged
from tidelake.local.unprivileged import NOBODY, NoWayDown, as_ordinary_user, give_away


def test_an_ordinary_user_runs_them_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unprivileged, "is_root", lambda: False)
    assert as_ordinary_user(["postgres", "-D", "x"]) == ["postgres", "-D", "x"]
    give_away(tmp_path)
    assert tmp_path.stat().st_uid == os.geteuid()


def test_without_setpriv_root_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unprivileged, "is_root", lambda: True)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoWayDown, match=r"^postgres refuses to run as root.*install util-linux"):
        as_ordinary_user(["/some/where/postgres"])


@pytest.mark.skipif(os.geteuid() != 0, reason="asks what root does")
def test_root_runs_them_as_nobody_who_reaches_a_folder_of_its_own_below_a_closed_one(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    mine = closed / "mine"
    closed.mkdir(mode=0o700)
    mine.mkdir(mode=0o700)
    give_away(mine)
    other = tmp_path / "other"
    other.mkdir()
    python = shutil.copy(Path(sys.executable).resolve(), closed / "python")
    code = "import os, pathlib, sys; pathlib.Path(sys.argv[1], 'made').touch(); print(os.getuid())"
    environ = {"PYTHONHOME": sys.base_prefix, "LD_LIBRARY_PATH": f"{sys.base_prefix}/lib"}

    def write(folder: Path) -> "subprocess.CompletedProcess[str]":
        command = as_ordinary_user([str(python), "-c", code, str(folder)])
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environ)

    assert write(mine).stdout == f"{NOBODY}\n"
    assert (mine / "made").stat().st_uid == NOBODY
    assert "Permission denied" in write(other).stderr
