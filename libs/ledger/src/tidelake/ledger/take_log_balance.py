"""Counts the log lines from logs.inbound to datasets and dead letters, and balances them."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tidelake.contracts.contract import Contract
from tidelake.contracts.names import DEAD_LETTERS, LOG_ROUTER_GROUP, LOGS_INBOUND
from tidelake.runtime.clock import Clock
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition
from tidelake.tables.positions import Source
from tidelake.tables.storage import LakeStorage

from .coverage import cover
from .dead_letter_log import DeadLetterLog, DeadLetters
from .group_reader import GroupReader
from .inbound_lines import missed_lines
from .kafka_reader import OnRecords, read_offsets
from .landed_lines import LandedLines
from .log_balance import InboundPartition, Landed, LogBalance, Origins, balance_lines, passed_over
from .runs import Runs, joined, runs_of

LOOK_AGAIN_S = 0.5
LOG_PATIENCE_S = 30.0
"""The partitions of a worker that was killed are taken up by others after ten seconds and more."""


@dataclass(frozen=True, slots=True)
class _Log:
    """One partition of logs.inbound, as it was when the count began."""

    at: TopicPartition
    source: Source
    start: int
    end: int
    lines: Runs

    def with_commit(self, committed: int | None) -> InboundPartition:
        return InboundPartition(self.source, self.start, self.end, self.lines, committed)


def take_log_balance(
    datasets: Sequence[Contract],
    *,
    storage: LakeStorage,
    bootstrap: str,
    topics: Topics,
    clock: Clock,
    progress: OnRecords,
    group: str = LOG_ROUTER_GROUP,
) -> LogBalance:
    """Balance of logs.inbound; `datasets`: the newest contract of each that lines are routed to.

    Kafka's logs are read first, and the lines that they had then are those that count. How far the
    log-router says it is is asked before the datasets are read: what it is done with by then is in them, or
    lost. The others get half a minute to get somewhere.

    Raises UnknownTopic, BrokerUnavailable, ReaderStalled, KafkaException, FilesMissing, StoreUnavailable,
    StoreRefused.
    """
    logs = _read_logs(bootstrap, topics, progress)
    places = {contract.address: LandedLines(storage, bootstrap, topics, contract) for contract in datasets}
    letters = DeadLetterLog(bootstrap)
    late = time.monotonic() + LOG_PATIENCE_S
    with GroupReader(bootstrap, group) as kafka:
        while True:
            looking = time.monotonic()
            committed = kafka.committed([log.at for log in logs])
            inbound = [log.with_commit(committed[log.at]) for log in logs]
            landed = {address: lines.read(kafka) for address, lines in places.items()}
            dead = _read_letters(letters, topics, kafka, clock)
            balance = balance_lines(inbound, landed, dead.by_reason, {})
            now = time.monotonic()
            if not balance.waiting or now > late:
                forgotten = _forgotten(bootstrap, logs, inbound, landed, dead)
                return balance_lines(inbound, landed, dead.by_reason, forgotten)
            threading.Event().wait(max(LOOK_AGAIN_S, now - looking))


def _read_logs(bootstrap: str, topics: Topics, progress: OnRecords) -> Sequence[_Log]:
    topic = LOGS_INBOUND.name
    topic_id = topics.topic_id(topic)
    partitions = [TopicPartition(topic, number) for number in range(topics.partitions(topic))]
    starts, ends = topics.log_starts(partitions), topics.last_stable_offsets(partitions)

    def lines(at: TopicPartition) -> Runs:
        # The log-router reads uncommitted, too: it routes lines of transactions that were aborted.
        return runs_of(
            read_offsets(
                bootstrap, topic, at.partition, starts[at], ends[at], committed=False, progress=progress
            )
        )

    return [_Log(at, Source(topic_id, at.partition), starts[at], ends[at], lines(at)) for at in partitions]


def _read_letters(letters: DeadLetterLog, topics: Topics, kafka: GroupReader, clock: Clock) -> DeadLetters:
    topic = DEAD_LETTERS.name
    partitions = [TopicPartition(topic, number) for number in range(topics.partitions(topic))]
    return letters.read(topics.log_starts(partitions), kafka.ends(partitions), clock.now())


def _forgotten(
    bootstrap: str,
    logs: Sequence[_Log],
    inbound: Sequence[InboundPartition],
    landed: dict[str, Landed],
    dead: DeadLetters,
) -> Origins:
    """Lines that were passed over and are as old as dead letters that Kafka deleted: they may be those."""
    if dead.forgotten_before_ms is None:
        return {}
    places = {log.source: log.at for log in logs}
    forgotten: dict[Source, Runs] = {}
    for source, absent in passed_over(inbound, landed.values(), dead.by_reason).items():
        missed = [
            missed_lines(bootstrap, places[source], first, end, dead.forgotten_before_ms)
            for first, end in absent.tolist()
        ]
        forgotten[source] = cover(absent, joined(runs_of(one) for one in missed)).without
    return forgotten
