"""The whole demo, as a user runs it: its exit code, its figures, and what Ctrl-C leaves."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tidelake.local.home import Home
from tidelake.local.parts import QUERY, parts_from_environ
from tidelake.local.ports import free_offset
from tidelake.local.process import marked_processes, stop_all

pytestmark = pytest.mark.system

DEMO = (sys.executable, "-m", "tidelake.cli", "demo")


@pytest.fixture
def home(tmp_path: Path) -> Generator[Home]:
    home = Home(tmp_path / "lake")
    yield home
    stop_all(home, force=lambda: True)


@pytest.fixture
def environ(home: Home) -> Mapping[str, str]:
    return {**os.environ, "LAKE_HOME": str(home.root), "LAKE_PORTS": str(free_offset())}


@pytest.mark.timeout(1500)
def test_a_whole_stack_comes_up_and_the_demo_checks_its_answers_and_leaves_nothing_running(
    home: Home, environ: Mapping[str, str], tmp_path: Path
) -> None:
    comes_up_whole(environ, tmp_path)
    figures = tmp_path / "demo.json"
    done = subprocess.run(
        [*DEMO, "--stop", "--json", str(figures)],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1400,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "bronze-writer-1 started again" in done.stdout
    found = json.loads(figures.read_text())
    assert found["sent"]["real"] == 27_004
    assert found["refused"].keys() == {"broken JSON", "missing field", "wrong type", "not a time"}
    assert found["answers_equal_csv"]
    assert all(audit["balanced"] for audit in found["audit"].values())
    audit = found["audit"]["flights"]
    assert audit["repeats"] == found["sent"]["repeat"] > 0
    quarantined: Mapping[str, int] = found.get("quarantined", {})
    assert audit["distinct_ids"] == 27_004 + sum(quarantined.values())
    assert audit["kafka_records"] == audit["rows"] == audit["distinct_ids"] + audit["repeats"]
    if "quarantined" in found:  # the whole stack
        check_silver(found, done.stdout)
    assert not marked_processes(home)


def comes_up_whole(environ: Mapping[str, str], folder: Path) -> None:
    """Here, as one start of all engines is enough for both."""

    def lake(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "tidelake.cli", *arguments]
        return subprocess.run(
            command, env=environ, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )

    up = lake("up")
    assert up.returncode == 0, up.stderr
    lake("status", "--json", str(folder / "status.json"))
    processes = json.loads((folder / "status.json").read_bytes())["processes"]
    assert {one["condition"] for one in processes} == {"ready"}
    if QUERY in parts_from_environ(environ):
        assert "Trino       https://127.0.0.1:" in up.stdout
        engines = {
            "postgres",
            "connect",
            "metastore",
            "trino",
            "silver-processor",
            "query-gateway",
            "monitor",
        }
        assert engines <= {one["name"] for one in processes}
    doctor = lake("doctor")
    assert doctor.returncode == 0, doctor.stdout


def check_silver(found: Mapping[str, Any], shown: str) -> None:
    for killed in ("silver-processor", "connect", "log-router"):
        assert f"{killed} started again" in shown
    check_other_sources(found)
    assert found["alerts"].keys() == {"flights", "weather"}
    for told in found["alerts"].values():  # of the last minutes, so how many depends on the machine
        assert re.search(r": [1-9][\d,]* of [\d,]+ rows went into quarantine in 5 min", told)
    kinds = {"month 13", "carrier ??", "origin BOS", "all three at once"}
    assert found["quarantined"] == {kind: found["sent"][kind] for kind in kinds}
    silver, all_at_once = found["audit"]["flights"]["silver"], found["sent"]["all three at once"]
    assert silver["inserted"] == 27_004
    assert silver["outcomes"] == {
        "duplicate": found["sent"]["repeat"],
        "quarantined": sum(found["quarantined"].values()),
    }
    assert silver["reasons"] == {
        "carrier_is_a_code (carrier)": found["sent"]["carrier ??"] + all_at_once,
        "month_in_calendar (month)": found["sent"]["month 13"] + all_at_once,
        "origin_is_in_new_york (origin)": found["sent"]["origin BOS"] + all_at_once,
    }
    assert found["versions"].keys() == {"silver.flights", "silver.weather", "silver.planes"}
    assert found["versions"]["silver.flights"] == silver["version"]
    assert "door to readable in silver" in {delay["hop"] for delay in found["delays_s"]}
    assert found["peak_pss_bytes"] > 2**30


def check_other_sources(found: Mapping[str, Any]) -> None:
    assert found["audit"].keys() == {"flights", "weather", "airlines", "airports", "planes"}
    lines, weather = found["lines"], found["audit"]["weather"]["silver"]
    assert lines["real"] == weather["inserted"] == 2_226
    # A killed log-router routes some lines again: each of them has its outcome, too.
    assert weather["outcomes"]["quarantined"] >= lines["broken off"] > 0
    assert found["lines_lost"] == found["lines_misjudged_by_silver"] == 0
    airlines, airports, planes = (
        found["audit"][name]["silver"] for name in ("airlines", "airports", "planes")
    )
    assert (airlines["inserted"], airlines["outcomes"]["updated"]) == (17, 1)
    assert (airports["inserted"], airports["outcomes"]["updated"]) == (1_458, 3)
    assert planes["inserted"] == 3_322 + 1  # N328TL, which was N328AA
    assert (planes["outcomes"]["updated"], planes["outcomes"]["deleted"]) == (400, 9)
    assert found["audit_lines"]["balanced"]
    assert found["audit_lines"]["dead_letters"] == lines["of nobody's stream"] > 0
    assert {"Departures by wind at the origin", "Arrivals by maker of the plane (at least 100 flights)"} <= (
        found["answers"].keys()
    )


@pytest.mark.timeout(600)
def test_ctrl_c_while_a_writer_is_started_again_is_heard_at_once_and_leaves_nothing_running(
    home: Home, environ: Mapping[str, str]
) -> None:
    demo = subprocess.Popen(
        DEMO,
        env={**environ, "LAKE_PARTS": "road"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert demo.stdout is not None
    before: list[str] = []
    while "killed with SIGKILL" not in (line := demo.stdout.readline()):
        before.append(line)
        assert line, "".join(before)
    pressed = time.monotonic()
    demo.send_signal(signal.SIGINT)
    while "Interrupted" not in (line := demo.stdout.readline()):
        assert line, "it ended without a word"
    heard_after_s = time.monotonic() - pressed
    rest = demo.stdout.read()
    assert demo.wait(60) == 130, rest
    assert heard_after_s < 1
    assert "Traceback" not in rest
    assert "caught up" not in rest
    assert not marked_processes(home)
