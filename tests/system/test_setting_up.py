"""./lake on a fresh checkout. The tests go on from one another, as a user's attempts do."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout's files, without its environment and its state."""
    fresh = tmp_path_factory.mktemp("fresh") / "checkout"
    leave = shutil.ignore_patterns(".venv", ".lake", ".git", "__pycache__", "generated", ".hypothesis")
    shutil.copytree(CHECKOUT, fresh, ignore=leave)
    return fresh


def run(checkout: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(checkout / "lake"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **variables},
    )


def assert_failed(checkout: Path, done: "subprocess.CompletedProcess[str]", words: str) -> None:
    """Explained, and not taken for done."""
    assert done.returncode == 1
    assert words in done.stderr
    assert not (checkout / ".venv" / "set-up-for").exists()


def with_wrong_hash(lock: Path, package: str) -> str:
    """Writes another hash for `package` into the lock, and returns what was there before."""
    right = lock.read_text()
    [entry] = re.findall(rf"^{package}==.*(?:\n    --hash=.*)+", right, re.MULTILINE)
    lock.write_text(right.replace(entry, re.sub(r"[0-9a-f]{64}", "0" * 64, entry)))
    return right


NOWHERE = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_FIND_LINKS": ""}


def test_without_a_network_it_says_so_and_what_to_do(fresh: Path, tmp_path: Path) -> None:
    done = run(fresh, "status", **NOWHERE, TIDELAKE_CACHE=str(tmp_path / "empty"))
    assert_failed(fresh, done, "The package index could not be reached. Check the network")


def test_an_installer_with_another_checksum_than_the_locks_is_not_installed(fresh: Path) -> None:
    lock = fresh / "requirements-uv.lock"
    right = with_wrong_hash(lock, "uv")
    assert_failed(fresh, run(fresh, "status"), "What was downloaded is not what the lock names")
    lock.write_text(right)


def test_a_package_with_another_checksum_than_the_locks_is_not_installed(fresh: Path) -> None:
    lock = fresh / "requirements.lock"
    right = with_wrong_hash(lock, "rich")
    assert_failed(fresh, run(fresh, "status"), "What was downloaded is not what the lock names")
    lock.write_text(right)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_what_is_interrupted_is_not_taken_for_done(fresh: Path, number: signal.Signals) -> None:
    (fresh / ".venv" / "made-by").unlink(missing_ok=True)
    command = [sys.executable, str(fresh / "lake"), "status"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as setting_up:
        assert setting_up.stderr
        # What an earlier, killed one had started is waited for first.
        while "Setting up" not in setting_up.stderr.readline():
            assert setting_up.poll() is None
        end = time.monotonic() + 60
        while not list((fresh / ".venv").glob("lib/python3*/site-packages/pip")):
            assert setting_up.poll() is None
            assert time.monotonic() < end
        setting_up.send_signal(number)
        _, said = setting_up.communicate()
    assert setting_up.returncode == (-9 if number == signal.SIGKILL else 130)
    assert number == signal.SIGKILL or "the next ./lake goes on" in said
    assert not (fresh / ".venv" / "set-up-for").exists()


def test_two_at_the_same_time_set_up_once_and_both_go_on(fresh: Path) -> None:
    command = [sys.executable, str(fresh / "lake"), "--help"]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    answers = [one.communicate() for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sum("Setting up the environment" in said for _, said in answers) == 1
    assert all("Start the local stack" in shown for shown, _ in answers)
    assert list(fresh.glob("services/*/src/*/generated/*_pb2.py"))


def test_a_finished_environment_works_and_says_nothing_of_itself(fresh: Path) -> None:
    done = run(fresh, "status", LAKE_HOME=str(fresh / "state"))
    assert "bronze-writer-2" in done.stdout
    assert (done.returncode, done.stderr) == (1, "")


def test_a_small_change_needs_no_network(fresh: Path) -> None:
    with (fresh / "cli" / "pyproject.toml").open("a") as file:
        file.write("\n# changed\n")
    done = run(fresh, "--help", **NOWHERE)
    assert done.returncode == 0
    assert "from the cache alone" in done.stderr
