"""Keeps the number of files small: between two batches, in the stream's own thread, so that no commit of
silver ever loses against it."""

from __future__ import annotations

import structlog
from tidelake.runtime.errors import LakeError

from silver_processor.flows.ports import Table

log = structlog.get_logger()

EVERY = 32
"""Commits of one table from one compaction to the next."""


class Compaction:
    """Counts commits, table by table."""

    def __init__(self) -> None:
        self._commits: dict[str, int] = {}

    def committed(self, table: Table) -> None:
        """One more commit is in the table: small files are folded if enough have come together."""
        self._commits[table.path] = self._commits.get(table.path, 0) + 1
        if self._commits[table.path] < EVERY:
            return
        self._commits[table.path] = 0
        try:
            table.compact()
        except LakeError as cause:  # thought of again later; no row depends on it
            log.warning("compaction_failed", table=table.path, reason=str(cause))
        else:
            log.info("table_compacted", table=table.path)
