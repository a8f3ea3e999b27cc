"""Log files of processes: a new one at each start, a few earlier ones kept."""

from pathlib import Path

_KEPT = 3


def rotate(log: Path) -> None:
    """Makes room for a new log: `x.log` becomes `x.log.1`, and so on; the oldest goes."""
    for number in range(_KEPT, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        newer = log.with_name(f"{log.name}.{number - 1}") if number > 1 else log
        if newer.exists():
            newer.replace(older)


def last_lines(log: Path, count: int) -> list[str]:
    """The last lines, at most `count`; none when there is no log. Reads the file's last 64 KiB only."""
    if not log.exists():
        return []
    with log.open("rb") as content:
        content.seek(max(0, log.stat().st_size - 65_536))
        return content.read().decode("utf-8", errors="replace").splitlines()[-count:]
