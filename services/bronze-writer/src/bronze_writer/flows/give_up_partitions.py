"""Gives partitions up: what is complete is committed, the rest is dropped."""

from __future__ import annotations

from collections.abc import Collection

from tidelake.streams.values import TopicPartition

from bronze_writer.flows.announce_commits import announce_commits, repeat_announcements
from bronze_writer.flows.commit_table import commit_table
from bronze_writer.flows.open_table import troubles_of
from bronze_writer.flows.ports import Ports
from bronze_writer.flows.settle_attempt import settle_attempt
from bronze_writer.flows.table_state import NextOffsets, TableState


def finish_partitions(table: TableState, going: Collection[TopicPartition], ports: Ports) -> NextOffsets:
    """Commits and announces what is pending of these, once. A table in trouble is left alone: the next owner
    begins at its token, and a rebalance must not wait for a store that is down."""
    offsets: NextOffsets = {}
    if table.trouble is None:
        with troubles_of(table, ports):
            settle_attempt(table, ports)
            repeat_announcements(table, ports)
            announced = announce_commits(table, ports)
            commit_table(table, ports, only=going)
            offsets = {**announced, **announce_commits(table, ports)}
    return {at: offset for at, offset in offsets.items() if at in table.assignments}


def drop_partitions(table: TableState, gone: Collection[TopicPartition], ports: Ports) -> None:
    """Forgets these and all that is pending of them."""
    for at in gone:
        assignment = table.assignments.pop(at, None)
        if assignment is not None:
            table.unrepeated.discard(at.partition)
            ports.health.forget(f"partition {at}")
            ports.metrics.forget(at)
