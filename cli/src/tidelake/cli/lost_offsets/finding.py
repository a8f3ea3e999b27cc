"""Finds the offsets that partitions stand still for: by the tables' tokens and Kafka's log starts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tidelake.cli.publication.applying import TopicMadeAnew
from tidelake.cli.publication.lake import Lake
from tidelake.contracts.bindings import TopicBinding, read_binding
from tidelake.contracts.contract import Contract
from tidelake.contracts.given_up import lost_offsets
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.streams.errors import UnknownTopic
from tidelake.streams.values import TopicPartition
from tidelake.tables.bronze_table import TableMissing, TableUnfit
from tidelake.tables.positions import OffsetRange, Source


class UnknownPartition(LakeError, Terminal):
    """No topic of the dataset has that partition."""

    def __init__(self, dataset: str, partitions: Collection[int], has: int) -> None:
        self.dataset = dataset
        self.partitions = tuple(sorted(partitions))
        named = " and ".join(map(str, self.partitions))
        super().__init__(
            f"{dataset} has no partition {named}: its partitions are 0 to {has - 1}. Nothing was given up. "
            "Name others, or leave --partition out to see all."
        )


@dataclass(frozen=True, slots=True)
class LostRange:
    """What one partition stands still for. Grain: major version of the dataset, and partition."""

    dataset: str
    major: int
    topic: str
    table: str  # path below the lake's root
    source: Source
    offsets: OffsetRange  # from the table's token to Kafka's log start


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one dataset."""

    lost: tuple[LostRange, ...]  # ordered by major version and partition
    problems: tuple[LakeError, ...]  # one for each major version of which nothing can be said


def find_lost(lake: Lake, contracts: Iterable[Contract], partitions: Collection[int] = ()) -> Found:
    """What is lost of these contracts' topics, and in these partitions only if any are named.

    One contract for each major version of one dataset: a topic that is missing or was made anew, or a table
    that can't be read, hides no other's. Raises UnknownPartition, BrokerUnavailable, StoreUnavailable,
    StoreRefused.
    """
    lost: list[LostRange] = []
    problems: list[LakeError] = []
    has = 0
    dataset = ""
    for contract in contracts:
        dataset = contract.dataset
        try:
            numbers = range(lake.topics.partitions(contract.topic))
            asked = [number for number in numbers if not partitions or number in partitions]
            lost.extend(_lost_of(lake, contract, asked))
            has = max(has, len(numbers))
        except (UnknownTopic, TopicMadeAnew, TableMissing, TableUnfit) as problem:
            problems.append(problem)
    if not problems and (unknown := [at for at in partitions if at >= has]):
        raise UnknownPartition(dataset, unknown, has)
    return Found(tuple(lost), tuple(problems))


def _lost_of(lake: Lake, contract: Contract, partitions: Iterable[int]) -> list[LostRange]:
    topic_id = lake.topics.topic_id(contract.topic)
    starts = lake.topics.log_starts([TopicPartition(contract.topic, number) for number in partitions])
    # Tokens come after log starts: they only grow, so that what is found is never more than what is lost.
    handle = lake.tables.table(contract.bronze_path).open()
    if handle.topic_id != topic_id:
        _refuse_unless_accepted(lake, contract, handle.topic_id, topic_id)
    found: list[LostRange] = []
    for at, start in sorted(starts.items()):
        source = Source(topic_id, at.partition)
        offsets = lost_offsets(handle.token(source), start)
        if offsets is not None:
            found.append(
                LostRange(contract.dataset, contract.major, at.topic, contract.bronze_path, source, offsets)
            )
    return found


def _refuse_unless_accepted(lake: Lake, contract: Contract, filled_from: str, now: str) -> None:
    """A new topic that is accepted is read from its log's start as soon as a writer has taken it up."""
    bound = read_binding(lake.objects, contract.dataset, contract.major)
    if bound is None or bound.topic_id != now:
        raise TopicMadeAnew(contract, TopicBinding(contract.topic, filled_from), now)
