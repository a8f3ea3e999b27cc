"""Starts reading partitions where the table stands: after a take-over, after doubt, after a stop."""

from __future__ import annotations

import structlog
from tidelake.contracts.given_up import lost_offsets, read_given_up
from tidelake.streams.errors import UnknownTopic
from tidelake.tables.bronze_table import BronzeHandle
from tidelake.tables.positions import OffsetRange, Source

from bronze_writer.core.pending import Pending
from bronze_writer.core.placing import Log, Place, Stop, StopReason, place, topic_remade
from bronze_writer.flows.open_table import fresh_handle
from bronze_writer.flows.ports import Ports
from bronze_writer.flows.stop_partition import goes_on, stop_partition
from bronze_writer.flows.table_state import Assignment, TableState

log = structlog.get_logger()


def place_partitions(table: TableState, ports: Ports) -> None:
    """Every partition that waits is read from its token on, or stopped.

    Tokens come from a fresh handle. Partitions whose records are still to be committed, or whose commit is in
    doubt, wait on. Raises StoreUnavailable, BrokerUnavailable, CommitFailed: then all of them wait on.
    """
    now = ports.clock.monotonic()
    waiting = [
        each
        for each in table.assignments.values()
        if not each.reading and each.place_at <= now and not each.has_pending
    ]
    if not waiting or table.attempt is not None:
        return
    topic = table.dataset.topic
    try:
        topic_id = ports.topics.topic_id(topic)
        partitions = [each.at for each in waiting]
        starts = ports.topics.log_starts(partitions)
        ends = ports.topics.last_stable_offsets(partitions)
    except UnknownTopic as unknown:
        for each in waiting:
            stop_partition(each, Stop(StopReason.TOPIC_MISSING, str(unknown)), ports)
        return
    handle = fresh_handle(table, ports)
    if handle.topic_id != topic_id and not _accept(table, handle, topic_id, ports):
        for each in waiting:
            stop_partition(each, topic_remade(table.dataset, handle.topic_id, topic_id), ports)
        return
    for each in waiting:
        source = Source(topic_id, each.at.partition)
        _place(table, each, source, handle, Log(starts[each.at], ends[each.at]), ports)


def _place(
    table: TableState,
    assignment: Assignment,
    source: Source,
    handle: BronzeHandle,
    kafka_log: Log,
    ports: Ports,
) -> None:
    with ports.guard("read_tokens"):
        token = handle.token(source)
    found = place(table.dataset, token, kafka_log, _given_up(table, source, token, kafka_log, ports))
    if isinstance(found, Stop):
        stop_partition(assignment, found, ports)
        return
    at = assignment.at
    ports.consumer.seek(at, found.position)
    ports.consumer.resume([at])
    assignment.pending = _pending(source, at.topic, found, ports.clock.monotonic())
    goes_on(assignment, ports)
    table.unrepeated.add(at.partition)
    log.info(
        "partition_placed",
        topic=at.topic,
        partition=at.partition,
        position=found.position,
        first_start=found.first_start,
        lost=found.lost,
    )


def _pending(source: Source, topic: str, found: Place, now: float) -> Pending:
    since = now if found.lost else None
    return Pending(source, topic, found.first, found.first_start, found.position, found.lost, since=since)


def _given_up(
    table: TableState, source: Source, token: int | None, kafka_log: Log, ports: Ports
) -> OffsetRange | None:
    lost = lost_offsets(token, kafka_log.start)
    return read_given_up(ports.objects, table.dataset.name, source, lost.first) if lost else None


def _accept(table: TableState, handle: BronzeHandle, topic_id: str, ports: Ports) -> bool:
    """Whether a person has accepted the topic that Kafka has now; then the table is bound to it."""
    if table.dataset.bound_topic_id != topic_id:
        return False
    table.handle = None  # of no use should the next line fail
    with ports.guard("rebind_table"):
        handle.rebind(topic_id)
    table.handle = handle
    log.info("table_bound_to_new_topic", table=table.dataset.table_path, topic_id=topic_id)
    return True
