"""Commits what is pending to one table: the only place where rows of bronze come to be."""

from __future__ import annotations

from collections.abc import Container, Sequence

import structlog
from tidelake.runtime.clock import whole_milliseconds
from tidelake.streams.errors import UnknownTopic
from tidelake.streams.values import TopicPartition
from tidelake.tables.bronze_table import Announced, BronzeHandle, CommitFailed
from tidelake.tables.row_spans import POSITION_ATTRIBUTES

from bronze_writer.core.pending import Claim
from bronze_writer.core.placing import Stop, StopReason, topic_remade
from bronze_writer.core.plan import plan_commit
from bronze_writer.core.rows import announcement_of, rows_of
from bronze_writer.flows.open_table import fresh_handle
from bronze_writer.flows.ports import Ports
from bronze_writer.flows.prove_gaps import prove_gaps
from bronze_writer.flows.stop_partition import stop_partition, wait_for_place
from bronze_writer.flows.table_state import Attempt, TableState, Unannounced

log = structlog.get_logger()


def commit_table(table: TableState, ports: Ports, only: Container[TopicPartition] | None = None) -> None:
    """One commit of all that is pending (of the partitions in `only`), if it goes on where the table stands.

    Leaves an Attempt when the outcome is not known, and an Unannounced when it is in the table. Raises
    StoreUnavailable, BrokerUnavailable, CommitFailed.
    """
    # 1. What there is. Nothing more is taken until this returns: one thread does everything.
    claims = [
        each.pending.claim()
        for each in table.assignments.values()
        if each.pending is not None and each.has_pending and (only is None or each.at in only)
    ]
    # 2. Was nothing skipped? Only a second reader can say.
    claims = prove_gaps(claims, table, ports)
    # 3. After the last record was read: is it still the topic that they came from?
    claims = _of_the_same_topic(claims, table, ports)
    if not claims:
        return
    # 4. Do they go on where the table stands, by the very handle that is committed on?
    handle = _handle(table, ports)
    with ports.guard("read_tokens"):
        tokens = {claim.source: handle.token(claim.source) for claim in claims}
    plan = plan_commit(tokens, claims)
    for source in plan.resync:
        assignment = table.assignment_of(source)
        if assignment is not None:
            log.warning("token_moved", topic=assignment.at.topic, partition=assignment.at.partition)
            assignment.pending = None
            wait_for_place(assignment, ports)
    # 5. Rows and tokens, in one commit.
    if plan.commit:
        _commit(table, plan.commit, handle, ports)


def _of_the_same_topic(claims: Sequence[Claim], table: TableState, ports: Ports) -> list[Claim]:
    """The claims, if Kafka's topic is still the one that they come from; else all its partitions stop."""
    if not claims:
        return []
    topic_id: str | None = None
    try:
        topic_id = ports.topics.topic_id(table.dataset.topic)
    except UnknownTopic as unknown:
        missing = Stop(StopReason.TOPIC_MISSING, str(unknown))
    else:
        missing = None
    for assignment in table.assignments.values():
        pending = assignment.pending
        if pending is not None and pending.source.topic_id != topic_id:
            stop = missing or topic_remade(table.dataset, pending.source.topic_id, str(topic_id))
            assignment.pending = None
            stop_partition(assignment, stop, ports)
    same = [claim for claim in claims if claim.source.topic_id == topic_id]
    ports.metrics.outcome(table.dataset.table_path, "topic_remade", len(claims) - len(same))
    return same


def _handle(table: TableState, ports: Ports) -> BronzeHandle:
    if table.handle is None or table.handle.has_aged:
        return fresh_handle(table, ports)
    return table.handle


def _commit(table: TableState, claims: Sequence[Claim], handle: BronzeHandle, ports: Ports) -> None:
    path, dataset = table.dataset.table_path, table.dataset.name
    written_at = whole_milliseconds(ports.clock.now())
    announcement = announcement_of(claims, path, dataset, ports.new_commit_id(), written_at)
    rows = rows_of(claims, written_at)
    table.attempt, table.handle = Attempt(tuple(claims), announcement), None
    began, began_at = ports.clock.monotonic(), ports.clock.now()
    with ports.guard("commit"):
        try:
            version = handle.append(rows, {claim.source: claim.offsets for claim in claims}, announcement)
        except CommitFailed:
            ports.metrics.outcome(path, "failed")
            raise
    seconds = ports.clock.monotonic() - began
    table.attempt, table.handle = None, handle
    settle(table, claims)
    table.unannounced.append(Unannounced(Announced(version, announcement), next_offsets(claims)))
    ports.metrics.committed(announcement, rows, seconds)
    about = {"lake.table": path, "lake.version": version}
    ports.spans.done("bronze commit", rows, began_at, ports.clock.now(), about, POSITION_ATTRIBUTES)
    log.info("batch_committed", table=path, version=version, rows=rows.num_rows, seconds=round(seconds, 4))


def settle(table: TableState, claims: Sequence[Claim]) -> None:
    """These are in the table."""
    for claim in claims:
        assignment = table.assignment_of(claim.source)
        if assignment is not None and assignment.pending is not None:
            assignment.pending.settle(claim)


def next_offsets(claims: Sequence[Claim]) -> dict[TopicPartition, int]:
    """What Kafka may be told of these."""
    return {TopicPartition(claim.topic, claim.source.partition): claim.offsets.end for claim in claims}
