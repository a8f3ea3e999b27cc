"""Puts the looks together: one picture after another, and the alerts that come of it."""

from __future__ import annotations

from collections.abc import Callable

from tidelake.contracts.names import LOGS_INBOUND
from tidelake.contracts.registry import PublishedContracts
from tidelake.runtime.clock import Clock

from monitor.core.conditions import Patience, conditions_of
from monitor.core.line_conditions import line_conditions
from monitor.core.picture import DatasetPicture, Picture
from monitor.core.sources import source_conditions
from monitor.flows.board import Board
from monitor.flows.look_at_datasets import DatasetLooks
from monitor.flows.look_at_lines import LinesLook
from monitor.flows.look_at_sources import SourcesLook
from monitor.flows.raise_alerts import AlertDesk


class LakeWatch:
    """Looks at everything, one step after another. For one thread."""

    def __init__(
        self,
        published: PublishedContracts,
        datasets: DatasetLooks,
        lines: LinesLook,
        sources: SourcesLook,
        desk: AlertDesk,
        board: Board,
        patience: Patience,
        clock: Clock,
        is_known: Callable[[], bool],
    ) -> None:
        """`is_known`: whether the contracts were read once, as no dataset is gone before that."""
        self._published = published
        self._datasets = datasets
        self._lines = lines
        self._sources = sources
        self._desk = desk
        self._board = board
        self._patience = patience
        self._clock = clock
        self._is_known = is_known

    def step(self) -> str:
        """Looks once, and returns what /readyz says of it: nothing, or what could not be looked at. Raises
        UnknownTopic, BrokerUnavailable, ReaderStalled at first (AlertDesk.step)."""
        if not self._is_known():
            return "the contracts are not read yet"
        datasets = self._datasets.look(self._published)
        lines = self._lines.look(self._published)
        conditions = [
            condition
            for one in datasets
            for condition in conditions_of(one, self._completeness(one), self._patience)
        ]
        conditions += line_conditions(lines, self._patience)
        conditions += source_conditions(self._sources.look(self._published), self._patience)
        alerts = self._desk.step(conditions)
        self._board.picture = Picture(
            self._clock.now(), datasets, self._board.processes, tuple(alerts), lines
        )
        troubles = [f"{one.address}: {one.trouble}" for one in datasets if one.trouble]
        return "; ".join([*troubles, *([f"{LOGS_INBOUND.name}: {lines.trouble}"] if lines.trouble else [])])

    def _completeness(self, one: DatasetPicture) -> float | None:
        found = self._published.newest_of(one.dataset, one.major)
        return found.contract.completeness if found else None
