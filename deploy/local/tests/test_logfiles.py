"""Log files."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from tidelake.local.logfiles import follow, last_lines, rotate


def test_each_start_has_a_log_of_its_own_and_the_oldest_goes(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    for start in range(6):
        rotate(log)
        log.write_text(str(start))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "x.log": "5",
        "x.log.1": "4",
        "x.log.2": "3",
        "x.log.3": "2",
    }


def test_the_last_lines_of_a_long_or_odd_log_are_shown(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    assert last_lines(log, 3) == []
    log.write_bytes(b"first\n" + b"x" * 300_000 + b"\nodd \xff byte\nlast")
    assert last_lines(log, 2) == ["odd � byte", "last"]
    assert last_lines(log, 0) == []


def test_following_goes_on_in_the_log_of_the_next_start(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("before\n")

    def append() -> None:
        with log.open("a") as content:
            content.write("during\n")

    def restart() -> None:
        rotate(log)
        log.write_text("after\n")

    steps: list[Callable[[], None]] = [append, restart, lambda: None, lambda: None]

    def ended(_timeout: timedelta) -> bool:
        if not steps:
            return True
        steps.pop(0)()
        return False

    assert "".join(follow(log, ended)) == "during\nafter\n"
