"""Finds out what became of a commit that did not return in order, by reading the table."""

from __future__ import annotations

import structlog
from tidelake.tables.bronze_table import Announced, BronzeHandle

from bronze_writer.core.plan import judge_failed_commit
from bronze_writer.flows.commit_table import next_offsets, settle
from bronze_writer.flows.open_table import fresh_handle
from bronze_writer.flows.ports import Ports
from bronze_writer.flows.stop_partition import wait_for_place
from bronze_writer.flows.table_state import TableState, Unannounced

log = structlog.get_logger()


def settle_attempt(table: TableState, ports: Ports) -> None:
    """In the table: done. Moved by another: given up. Unmoved: planned again, on the fresh handle.

    Raises StoreUnavailable: the attempt stays in doubt, and nothing is committed to this table.
    """
    attempt = table.attempt
    if attempt is None:
        return
    path = table.dataset.table_path
    handle = fresh_handle(table, ports)
    with ports.guard("read_tokens"):
        tokens = {claim.source: handle.token(claim.source) for claim in attempt.claims}
    judgement = judge_failed_commit(tokens, attempt.claims)
    if judgement.done or judgement.moved:
        commit = _find(attempt.announcement.commit_id, handle, ports)
        if commit is not None:
            table.unannounced.append(Unannounced(commit, next_offsets(judgement.done)))
        else:
            # Somebody else committed the very same ranges, and may have died before it announced them.
            table.unrepeated.update(claim.source.partition for claim in judgement.done)
    settle(table, judgement.done)
    for claim in judgement.moved:
        assignment = table.assignment_of(claim.source)
        if assignment is not None:
            assignment.pending = None
            wait_for_place(assignment, ports)
    table.attempt = None
    ports.metrics.outcome(path, "kept", len(judgement.done))
    ports.metrics.outcome(path, "moved", len(judgement.moved))
    ports.metrics.outcome(path, "unmoved", len(judgement.unmoved))
    log.info(
        "commit_settled",
        table=path,
        kept=[claim.source.app_id for claim in judgement.done],
        moved=[claim.source.app_id for claim in judgement.moved],
        unmoved=[claim.source.app_id for claim in judgement.unmoved],
    )


def _find(commit_id: str, handle: BronzeHandle, ports: Ports) -> Announced | None:
    with ports.guard("read_history"):
        for commit in handle.announced(ports.limits.history):
            if commit.announcement.commit_id == commit_id:
                return commit
    return None
