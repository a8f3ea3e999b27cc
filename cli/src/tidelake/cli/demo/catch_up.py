"""How far each part of the road is: bronze by tokens against last stable offsets, silver by rows; and the
wait until it is as far as the part before it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from deltalake import DeltaTable
from tidelake.contracts.contract import Contract
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError, Transient
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition
from tidelake.tables.bronze_table import BronzeTable
from tidelake.tables.positions import Source
from tidelake.tables.storage import LakeStorage

LOOK_EVERY = timedelta(seconds=1)  # to look costs those that are waited for
STANDSTILL = timedelta(minutes=5)
"""Longer than a silver-processor takes to start again on a slow machine that does much else."""


class NotCatchingUp(LakeError, Transient):
    """A part of the road stands still behind the one before it."""

    def __init__(self, stands: str, behind: int) -> None:
        """`stands`: which part, and where to look."""
        super().__init__(stands.format(behind=f"{behind:,}", minutes=STANDSTILL // timedelta(minutes=1)))
        self.behind = behind


BRONZE_STANDS = (
    "Bronze is {behind} offsets behind Kafka and has not moved for {minutes} minutes. Nothing is lost: the "
    "records wait in Kafka. See ./lake status and ./lake logs bronze-writer-1."
)
SILVER_STANDS = (
    "Silver has not explained {behind} rows of bronze and has not moved for {minutes} minutes. Nothing is "
    "lost: they stand in bronze. See ./lake status and ./lake logs silver-processor."
)


LOGS_STAND = (
    "{behind} lines have not been routed, and none was for {minutes} minutes. Nothing is lost: they wait in "
    "Kafka. See ./lake status and ./lake logs log-router."
)
TABLES_STAND = (
    "{behind} rows of silver are not as the database has them, and none has changed for {minutes} minutes. "
    "See ./lake status, ./lake logs connect and ./lake logs silver-processor."
)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a part of the road is. For log-router and bronze in offsets, which are records unless
    transactions left markers; for silver in rows."""

    written: int
    total: int


def reach(topics: Topics, topic: str, table: BronzeTable) -> Reach:
    """Where the table's tokens stand against the last stable offsets."""
    topic_id = topics.topic_id(topic)

    def tokens(partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        handle = table.open()
        return {at: handle.token(Source(topic_id, at.partition)) for at in partitions}

    return reach_in_topic(topics, topic, tokens)


def reach_in_topic(
    topics: Topics,
    topic: str,
    next_offsets: Callable[[Sequence[TopicPartition]], Mapping[TopicPartition, int | None]],
) -> Reach:
    """Where a reader's next offsets, asked after Kafka's, stand against the last stable ones. A partition
    that it has never read counts 0."""
    partitions = [TopicPartition(topic, number) for number in range(topics.partitions(topic))]
    starts, ends = topics.log_starts(partitions), topics.last_stable_offsets(partitions)
    reached = next_offsets(partitions)
    written = sum(max(0, (reached[at] or 0) - starts[at]) for at in partitions)
    return Reach(written, sum(ends[at] - starts[at] for at in partitions))


def together(reaches: Iterable[Reach]) -> Reach:
    """Of several datasets, which reach no further than all that they have."""
    known = list(reaches)
    return Reach(sum(min(one.written, one.total) for one in known), sum(one.total for one in known))


def reach_of_silver(storage: LakeStorage, contract: Contract) -> Reach:
    """Rows of silver and its outcomes against those of bronze, by the statistics in the tables' logs.

    Of change data the outcomes alone, which tell of each row. Raises deltalake's TableNotFoundError.
    """
    # Bronze last: it can only be ahead then.
    paths = (contract.silver_path, contract.outcomes_path, contract.bronze_path)
    options = storage.delta_options()
    silver, outcomes, bronze = (
        DeltaTable(storage.uri(path), storage_options=options).count() for path in paths
    )
    return Reach(outcomes + (silver if contract.silver_explains else 0), bronze)


def catch_up(
    look: Callable[[], Reach],
    *,
    stands: str,
    clock: Clock,
    wait: Callable[[timedelta], bool],
    on_reach: Callable[[Reach], None],
) -> bool:
    """Wait until written == total; `wait` returns True to give up, and then this returns False.

    Raises NotCatchingUp after STANDSTILL without a step.
    """
    best, since = -1, clock.monotonic()
    while True:
        now = look()
        on_reach(now)
        if now.written >= now.total:
            return True
        if now.written > best:
            best, since = now.written, clock.monotonic()
        elif clock.monotonic() - since > STANDSTILL.total_seconds():
            raise NotCatchingUp(stands, now.total - now.written)
        if wait(LOOK_EVERY):
            return False
