"""The tick list."""

import io
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
        ticks.ready(Ready("gcs", None, 40_000_000, ""))
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
        "✓ kafka stopped",
        "✓ gcs did not stop in time and was killed",
    ]


def test_on_a_terminal_the_same_lines_stand_above_what_is_under_way() -> None:
    text = shown(terminal=True)
    assert "one broker: replication 1" in text
    assert "\x1b[" in text
