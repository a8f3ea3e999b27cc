"""`lake test`, with a small suite in the place of the project's."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

GREEN = "def test_green(): pass"
RED = "def test_red(): assert 1 == 2, 'the reason'"


def lake_test(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tidelake.cli", "test", *arguments, str(folder)]
    # A broker that nobody asks: no test here needs one.
    environ = {**os.environ, "TIDELAKE_TEST_KAFKA": "127.0.0.1:9"}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environ
    )


def suite(folder: Path, text: str) -> Path:
    (folder / "test_small.py").write_text(textwrap.dedent(text))
    return folder


def test_pytests_own_closing_line_is_seen_and_all_well_is_exit_code_0(tmp_path: Path) -> None:
    done = lake_test(suite(tmp_path, GREEN), "--unit")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed in" in done.stdout
    assert "✓ unit tests" in done.stdout


def test_one_failure_is_exit_code_1_and_its_reason_is_seen(tmp_path: Path) -> None:
    done = lake_test(suite(tmp_path, RED), "--unit")
    assert done.returncode == 1
    assert "the reason" in done.stdout
    assert "1 failed in" in done.stdout
    assert "✗ unit tests" in done.stdout


def test_a_selection_that_names_no_test_is_not_taken_for_success(tmp_path: Path) -> None:
    done = lake_test(suite(tmp_path, GREEN), "--unit", "-k", "nothing_of_that_name")
    assert done.returncode == 1
    assert "no test chosen" in done.stdout


def test_a_later_stage_runs_although_an_earlier_one_failed(tmp_path: Path) -> None:
    done = lake_test(suite(tmp_path, f"import pytest\n{RED}\n@pytest.mark.system\n{GREEN}"))
    assert done.returncode == 1
    assert "✗ unit tests" in done.stdout
    assert "✓ engine tests" in done.stdout


def test_interrupted_it_lets_the_tests_clean_up_and_ends(tmp_path: Path) -> None:
    suite(
        tmp_path,
        f"""
        import pathlib, time, pytest
        @pytest.fixture
        def opened():
            yield
            pathlib.Path({str(tmp_path / "cleaned")!r}).touch()
        def test_long(opened):
            pathlib.Path({str(tmp_path / "began")!r}).touch()
            time.sleep(60)
        """,
    )
    command = [sys.executable, "-m", "tidelake.cli", "test", "--unit", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as testing:
        while not (tmp_path / "began").exists():
            assert testing.poll() is None
        testing.send_signal(signal.SIGINT)
        said, _ = testing.communicate(timeout=60)
    assert testing.returncode == 130, said
    assert (tmp_path / "cleaned").exists()
