"""What became of the lines in logs.inbound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tidelake.tables.positions import Source


@dataclass(frozen=True, slots=True)
class LineCount:
    """One count of the lines that the log-router is done with."""

    counted_at: datetime
    owners: tuple[str, ...]  # teams of the datasets that lines go to: a lost one may be anyone's
    is_whole: bool  # all that was routed before the monitor began is proved: until then more may be lost
    lost: int  # lines that are in no dataset and no dead letter
    examples: tuple[tuple[Source, int], ...]  # a few of these positions
    deleted_unread: int  # offsets that Kafka deleted before the log-router had read them
    done: int  # lines in Kafka that the log-router is done with
    waiting: int  # lines in Kafka that it has not come to
    dead: Mapping[str, int]  # lines among the dead letters, by reason

    @property
    def balanced(self) -> bool:
        return not self.lost and not self.deleted_unread


@dataclass(frozen=True, slots=True)
class LinesPicture:
    """What is known of the lines; a count of None: there is nothing to count, or it could not be counted."""

    count: LineCount | None
    trouble: str = ""  # why they could not be counted; empty: nothing


NO_LINES = LinesPicture(None)
