"""The tick list."""

import io
import threading
from datetime import timedelta

from rich.console import Console
from tidelake.cli.ticks import TickList
from tidelake.local.watching import Ready


def shown(terminal: bool) -> str:
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, width=100, highlight=False)
    with TickList(console) as ticks:
        ticks.starting("kafka")
        ticks.doing("kafka", "downloading 45 files, 44.6 MB")
        ticks.downloaded("kafka", 22_300_000, 44_600_000)
        ticks.ready(Ready("kafka", timedelta(seconds=1.23), 190_000_000, "one broker: replication 1"))
        ticks.ready(Ready("gcs", None, 40_000_000, "", ["GCS_A", "GCS_B"]))
        ticks.stopping("kafka")
        ticks.stopped("kafka", orderly=True)
        ticks.stopped("gcs", orderly=False)
    return output.getvalue()


def test_each_step_is_a_line_with_seconds_memory_and_remark() -> None:
    lines = shown(terminal=False).splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "… kafka downloading 45 files, 44.6 MB",
        "✓ kafka 1.2 s 190 MB one broker: replication 1",
        "✓ gcs runs 40 MB",
        "gcs runs without what is set now: GCS_A, GCS_B. What runs is left as it is; for that to count:",
        "./lake down, then ./lake up.",
        "✓ kafka stopped",
        "✓ gcs did not stop in time and was killed",
    ]


def test_on_a_terminal_the_same_lines_stand_above_what_is_under_way() -> None:
    text = shown(terminal=True)
    assert "one broker: replication 1" in text
    assert "\x1b[" in text


def test_without_a_terminal_what_takes_long_gives_signs_of_life_until_it_is_done() -> None:
    output = io.StringIO()
    console = Console(file=output, width=100, highlight=False)
    with TickList(console, sign_every=timedelta(milliseconds=10)) as ticks:
        ticks.starting("gcs")
        ticks.doing("kafka", "making the cache")
        while output.getvalue().count("making the cache") < 4 or "starting" not in output.getvalue():
            threading.Event().wait(0.01)
        ticks.ready(Ready("kafka", timedelta(seconds=1), 1_000_000, ""))
        ticks.ready(Ready("gcs", timedelta(seconds=1), 1_000_000, ""))
    lines = [" ".join(line.split()) for line in output.getvalue().splitlines()]
    assert "… kafka 0 s making the cache" in lines
    assert "… gcs 0 s starting" in lines


def test_on_a_terminal_no_line_is_written_for_that() -> None:
    output = io.StringIO()
    console = Console(file=output, width=100, force_terminal=True)
    with TickList(console, sign_every=timedelta(milliseconds=1)) as ticks:
        ticks.starting("gcs")
        threading.Event().wait(0.05)
    assert "starting" not in output.getvalue()


def test_what_is_downloaded_is_no_longer_under_way() -> None:
    output = io.StringIO()
    console = Console(file=output, width=100, highlight=False)
    with TickList(console, sign_every=timedelta(milliseconds=10)) as ticks:
        ticks.downloaded("spark", 5, 10)
        ticks.downloaded("spark", 10, 10)
        ticks.starting("trino")
        while output.getvalue().count("trino") < 3:
            threading.Event().wait(0.01)
    assert "10.0 of" not in output.getvalue()
    assert output.getvalue().count("spark") <= 1
