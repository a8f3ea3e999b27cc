"""Where a partition is read from, or why it is not read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tidelake.contracts.given_up import gives_up, lost_offsets
from tidelake.tables.positions import OffsetRange

from bronze_writer.core.dataset import Dataset


class StopReason(Enum):
    """Why a partition stands still. Values are what metrics and logs carry."""

    TOPIC_REMADE = "topic_remade"
    TOPIC_MISSING = "topic_missing"
    OFFSETS_LOST = "offsets_lost"
    TOKEN_BEYOND_END = "token_beyond_end"
    GAP_UNPROVED = "gap_unproved"


@dataclass(frozen=True, slots=True)
class Stop:
    """A partition that stands still until a person decides. `text`: what happened, what to do."""

    reason: StopReason
    text: str


def topic_remade(dataset: Dataset, filled_from: str, now: str) -> Stop:
    """The topic's name means another topic than the one that the table is filled from."""
    return Stop(
        StopReason.TOPIC_REMADE,
        f"topic {dataset.topic} was made anew: {dataset.table_path} is filled from the topic with id "
        f"{filled_from}, and Kafka's has id {now}. What was in the old one and not yet in bronze is gone. If "
        f"the new topic is the right one, run `lake dataset apply --accept-new-topic {dataset.name}`; it is "
        "then read from its beginning",
    )


def gap_unproved(reason: str) -> Stop:
    """The consumer brought nothing where another reader can't say that there is nothing."""
    return Stop(
        StopReason.GAP_UNPROVED,
        f"{reason}. Nothing of it was committed: the partition is read again from where bronze stands. If "
        "this comes back, tell the maintainers",
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading goes on. With `lost` the table's token is behind by offsets that a person gave up."""

    first: int  # where the table stands: what is committed next begins here
    position: int  # where reading goes on
    first_start: bool = False
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Log:
    """One partition as Kafka has it now."""

    start: int  # the first offset that can be read
    end: int  # the last stable offset


def place(dataset: Dataset, token: int | None, log: Log, given_up: OffsetRange | None) -> Place | Stop:
    """At the token; at the log's start if the table has none; never anywhere else, unless a person gave up
    offsets that Kafka no longer has, from the token on (`given_up`)."""
    if token is None:
        return Place(log.start, log.start, first_start=True)
    if token > log.end:
        return Stop(
            StopReason.TOKEN_BEYOND_END,
            f"bronze is at offset {token} and Kafka's log ends at {log.end}: Kafka has lost records that "
            "bronze has, and new ones would get the same offsets. If its brokers come back with them, "
            "reading goes on by itself; else make the topic anew and run "
            f"`lake dataset apply --accept-new-topic {dataset.name}`",
        )
    lost = lost_offsets(token, log.start)
    if lost is None:
        return Place(token, token)
    if given_up and gives_up(given_up, lost):
        return Place(token, given_up.end, lost=given_up.end - token)
    return Stop(
        StopReason.OFFSETS_LOST,
        f"offsets {token} to {log.start - 1} were deleted from Kafka before they were read. Nothing behind "
        "them is read until somebody gives them up: `lake dataset give-up-offsets "
        f"{dataset.name}` shows what is lost and what to do",
    )
