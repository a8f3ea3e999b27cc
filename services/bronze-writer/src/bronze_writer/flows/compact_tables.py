"""Keeps the number of files small, beside the commits and never in their way."""

from __future__ import annotations

import structlog
from tidelake.runtime.errors import LakeError
from tidelake.streams.values import TopicPartition
from tidelake.tables.tiers import BOUNDS, tier_to_compact

from bronze_writer.flows.ports import Ports
from bronze_writer.flows.table_state import TableState

log = structlog.get_logger()


class Compaction:
    """At most one at a time in this process, in a thread of its own: a commit waits for none.

    Who owns partition 0 of the topic compacts its table. That is all the lock there is, and it need not hold:
    of two compactions of the same files Delta lets one win, and the other changes nothing. A lock of its own
    would add a way to stand still for ever and take away no fault.
    """

    def __init__(self) -> None:
        self._running = False

    def consider(self, table: TableState, ports: Ports) -> None:
        """Starts a compaction if enough small files have come together."""
        handle = table.handle
        if self._running or handle is None or not _owns_partition_0(table):
            return
        if 0 <= handle.version - table.compacted_at < ports.limits.compact_every:
            return
        table.compacted_at = handle.version
        counts = [handle.files_below(size) for size in BOUNDS]
        target = tier_to_compact(counts, ports.limits.compact_least_files)
        if target is not None:
            self._running = True
            ports.in_background(lambda: self._compact(table, target, ports))

    def _compact(self, table: TableState, target: int, ports: Ports) -> None:
        path = table.dataset.table_path
        try:
            done = table.table.compact(target)
            ports.metrics.compacted(path, done.files_removed)
            log.info(
                "table_compacted", table=path, files_removed=done.files_removed, files_added=done.files_added
            )
        except LakeError as cause:  # thought of again 32 versions later; nothing of the table depends on it
            log.warning("compaction_failed", table=path, reason=str(cause))
        finally:
            self._running = False


def _owns_partition_0(table: TableState) -> bool:
    first = table.assignments.get(TopicPartition(table.dataset.topic, 0))
    return first is not None and first.reading
