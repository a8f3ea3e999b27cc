"""Keeps the number of files small, beside the batches and never in their way."""

from __future__ import annotations

import structlog
from tidelake.runtime.errors import LakeError

from silver_processor.flows.ports import Ports, Table

log = structlog.get_logger()

EVERY = 32
"""Commits of one table from one look at its files to the next."""


class Compaction:
    """Counts commits, table by table. At most one compaction at a time, in a thread of its own: no batch
    waits for it, and as it neither adds nor changes a row, no commit that adds rows loses against it."""

    def __init__(self) -> None:
        self._commits: dict[str, int] = {}
        self._running = False

    def committed(self, table: Table, ports: Ports) -> None:
        """One more commit is in the table: small files are folded if enough have come together."""
        self._commits[table.path] = self._commits.get(table.path, 0) + 1
        if self._commits[table.path] < EVERY or self._running:
            return
        self._commits[table.path] = 0
        self._running = True
        ports.in_background(lambda: self._compact(table))

    def _compact(self, table: Table) -> None:
        try:
            done = table.compact(EVERY)
        except LakeError as cause:  # thought of again later; no row depends on it
            log.warning("compaction_failed", table=table.path, reason=str(cause))
        else:
            log.info("table_compacted", table=table.path, files_removed=done.files_removed)
        finally:
            self._running = False
