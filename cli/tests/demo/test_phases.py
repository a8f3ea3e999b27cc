"""Nobody looks at a silent screen."""

import io
import threading
from datetime import timedelta

from rich.console import Console
from tidelake.cli.demo.phases import phase, told

SOON = timedelta(milliseconds=10)


class Screen(io.StringIO):
    """Says when a line was written."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self._line = line
        self.shown = threading.Event()

    def write(self, text: str) -> int:
        count = super().write(text)
        if self._line in self.getvalue().splitlines():
            self.shown.set()
        return count


def test_without_a_terminal_a_phase_is_a_line_at_once_and_one_every_few_seconds() -> None:
    output = Screen("… sending: 1,500 of 27,000, 0 s")
    with phase(Console(file=output, highlight=False), "sending", 27_000, every=SOON) as move:
        assert output.getvalue().startswith("… sending\n")
        move(1_500)
        assert output.shown.wait(10)


def test_without_anything_to_count_the_seconds_are_told() -> None:
    output = Screen("… counting: 0 s")
    with told(Console(file=output, highlight=False), "counting", every=SOON):
        assert output.shown.wait(10)


def test_on_a_terminal_a_bar_shows_it_and_leaves_no_line() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=80)
    with phase(console, "sending", 100) as move:
        move(50, 200)
    assert "sending" in output.getvalue()
    assert "…" not in output.getvalue()
    with told(console, "counting"):
        pass
    assert "counting" not in output.getvalue()
