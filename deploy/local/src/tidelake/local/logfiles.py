"""Log files of processes: a new one at each start, a few earlier ones kept."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TextIO

_KEPT = 3
_LOOK_EVERY = timedelta(milliseconds=200)


def rotate(log: Path) -> None:
    """Makes room for a new log: `x.log` becomes `x.log.1`, and so on; the oldest goes."""
    for number in range(_KEPT, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        newer = log.with_name(f"{log.name}.{number - 1}") if number > 1 else log
        if newer.exists():
            newer.replace(older)


def last_lines(log: Path, count: int) -> list[str]:
    """The last lines, at most `count`; none when there is no log. Reads the file's last 256 KiB only."""
    if not log.exists() or count == 0:
        return []
    with log.open("rb") as content:
        content.seek(max(0, log.stat().st_size - 262_144))
        return content.read().decode("utf-8", errors="replace").splitlines()[-count:]


def follow(log: Path, ended: Callable[[timedelta], bool]) -> Iterator[str]:
    """What is written to `log` from now on, also after a new start has made it anew.

    `ended(timeout)` waits so long and says whether nobody reads any more.
    """
    content, inode = _opened(log)
    if content:
        content.seek(0, os.SEEK_END)
    try:
        while True:
            if content and (piece := content.read()):
                yield piece
            elif ended(_LOOK_EVERY):
                return
            elif log.exists() and log.stat().st_ino != inode:
                if content:
                    content.close()
                content, inode = _opened(log)
    finally:
        if content:
            content.close()


def _opened(log: Path) -> tuple[TextIO | None, int]:
    if not log.exists():
        return None, 0
    content = log.open(encoding="utf-8", errors="replace")
    return content, os.fstat(content.fileno()).st_ino
