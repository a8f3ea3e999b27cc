"""The newest picture of the lake, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.core.picture import Picture
from monitor.core.usage import ProcessUsage


@dataclass(slots=True)
class Board:
    """Any thread may read; one writes each of them. Both are replaced as a whole."""

    picture: Picture | None = None  # None: not looked yet
    processes: tuple[ProcessUsage, ...] = ()
