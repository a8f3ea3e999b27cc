"""Backpressure: what can't be committed is not read on, and the group is not left for it."""

from __future__ import annotations

from collections.abc import Collection

import structlog

from bronze_writer.flows.ports import Ports
from bronze_writer.flows.table_state import TableState

log = structlog.get_logger()


def relieve_pressure(tables: Collection[TableState], ports: Ports) -> None:
    """Pauses the partitions of tables that hold too much, and resumes them when half of it is gone.

    A table that can be committed never comes so far: it is committed at half of its limit.
    """
    limits = ports.limits
    table_limit = 2 * limits.max_commit_bytes
    total = sum(table.buffered_bytes for table in tables)
    for table in tables:
        held = table.buffered_bytes
        too_much = held >= table_limit or (held > 0 and total >= limits.max_buffered_bytes)
        reading = [each for each in table.assignments.values() if each.reading]
        if too_much and (going := [each for each in reading if not each.held]):
            ports.consumer.pause([each.at for each in going])
            log.warning("partitions_paused", table=table.dataset.table_path, buffered_bytes=held)
        elif held <= table_limit // 2 and not too_much and (going := [each for each in reading if each.held]):
            ports.consumer.resume([each.at for each in going])
            log.info("partitions_resumed", table=table.dataset.table_path, buffered_bytes=held)
        else:
            continue
        for each in going:
            each.held = too_much
