"""What the flows drive, and within which limits: made once in main, passed to every flow."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from tidelake.runtime.clock import Clock
from tidelake.runtime.health import Health
from tidelake.streams.consumer import Consumer
from tidelake.streams.gaps import GapProver
from tidelake.streams.topics import Topics
from tidelake.tables.announcement import CommitAnnounced
from tidelake.tables.bronze_table import BronzeTables
from tidelake.tables.objects import Objects
from tidelake.tables.row_spans import RowSpans

from bronze_writer.outbound.metrics import WriterMetrics

Guard = Callable[[str], AbstractContextManager[None]]
"""Ends the process when the block (named so) takes longer than a call to the store may."""


class Announcer(Protocol):
    """Tells readers of a commit."""

    def announce(self, commit: CommitAnnounced) -> None:
        """Returns once Kafka has it. Raises AnnouncementFailed when that is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of everything that could grow or last. Bytes are Arrow's, in memory."""

    max_commit_bytes: int = 32 * 1024 * 1024
    max_buffered_bytes: int = 256 * 1024 * 1024
    retry_after: timedelta = timedelta(seconds=1)
    revoke_within: timedelta = timedelta(seconds=30)
    look_again_after: timedelta = timedelta(seconds=5)
    history: int = 256  # versions that are searched for a commit of one's own or of an owner before
    compact_every: int = 32  # versions
    compact_least_files: int = 32


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside."""

    consumer: Consumer
    topics: Topics
    gap_prover: GapProver
    tables: BronzeTables
    objects: Objects
    announcer: Announcer
    clock: Clock
    health: Health
    guard: Guard
    metrics: WriterMetrics
    spans: RowSpans
    new_commit_id: Callable[[], str]
    in_background: Callable[[Callable[[], None]], None]
    limits: Limits
