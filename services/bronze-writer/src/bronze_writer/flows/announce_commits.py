"""Announces commits in their order: each before the next one of its table is made."""

from __future__ import annotations

import structlog
from tidelake.streams.values import TopicPartition
from tidelake.tables.announcement import CommitAnnounced

from bronze_writer.flows.open_table import fresh_handle
from bronze_writer.flows.ports import Ports
from bronze_writer.flows.table_state import NextOffsets, TableState, Unannounced

log = structlog.get_logger()


def announce_commits(table: TableState, ports: Ports) -> NextOffsets:
    """Announces all that is in the table and not surely announced. Returns what Kafka may now be told.

    Raises AnnouncementFailed: that commit and those after it stay unannounced.
    """
    offsets: dict[TopicPartition, int] = {}
    while table.unannounced:
        commit = table.unannounced[0].commit
        ports.announcer.announce(CommitAnnounced.at(commit.version, commit.announcement))
        ports.metrics.announced(table.dataset.table_path)
        offsets.update(table.unannounced.popleft().offsets)
    return offsets


def repeat_announcements(table: TableState, ports: Ports) -> None:
    """Queues the newest commit of each partition that was taken over, to be announced again.

    An owner announces a commit before it makes the next one of that partition, so only the newest can lack:
    of the partition, since it may be one of the topic's earlier incarnation. Raises StoreUnavailable.
    """
    if not table.unrepeated:
        return
    handle = table.handle or fresh_handle(table, ports)
    missing = set(table.unrepeated)
    found: list[Unannounced] = []
    with ports.guard("read_history"):
        for commit in handle.announced(ports.limits.history):
            covered = {announced.partition for announced in commit.announcement.ranges}
            if covered & missing:
                missing -= covered
                found.append(Unannounced(commit, {}))
            if not missing:
                break
    if missing and handle.version >= ports.limits.history:
        log.info(
            "no_recent_commit_to_repeat",
            table=table.dataset.table_path,
            partitions=sorted(missing),
            searched_versions=ports.limits.history,
        )
    table.unrepeated.clear()
    table.unannounced.extend(reversed(found))
