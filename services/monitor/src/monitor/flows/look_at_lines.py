"""Looks at the lines in logs.inbound: what the log-router is done with is in datasets or dead letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from confluent_kafka import KafkaException
from deltalake import DeltaTable
from tidelake.contracts.contract import Contract
from tidelake.contracts.names import DEAD_LETTERS, LOGS_INBOUND
from tidelake.contracts.registry import PublishedContracts
from tidelake.ledger.dead_letter_log import DeadLetterLog, DeadLetters
from tidelake.ledger.group_reader import GroupReader
from tidelake.ledger.inbound_lines import missed_lines
from tidelake.ledger.origins import ORIGINS
from tidelake.ledger.position_files import PositionFiles
from tidelake.ledger.runs import Offsets, Runs, first_offsets, joined, rows_in
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition
from tidelake.tables.positions import Source
from tidelake.tables.refusals import store_errors
from tidelake.tables.storage import LakeStorage

from monitor.core.lines import NO_LINES, LineCount, LinesPicture
from monitor.core.settled_lines import SettledLines
from monitor.core.trouble import unexpected
from monitor.flows.prove_lines import LineProof
from monitor.outbound.kept_tables import KeptTable

log = structlog.get_logger()

EXAMPLES = 5
Partitions = Mapping[Source, TopicPartition]


@dataclass(frozen=True, slots=True)
class _Bronze:
    """One dataset's table, and the origins that stand in its files."""

    table: KeptTable
    files: PositionFiles


class LinesLook:
    """Looks again and again. For one thread."""

    def __init__(
        self,
        storage: LakeStorage,
        topics: Topics,
        group: GroupReader,
        bootstrap: str,
        clock: Clock,
        contracts_read_at: Callable[[], float],
    ) -> None:
        """`contracts_read_at`: when the last reading of the contracts that has ended began, by the clock."""
        self._storage = storage
        self._topics = topics
        self._group = group
        self._bootstrap = bootstrap
        self._clock = clock
        self._contracts_read_at = contracts_read_at
        self._letters = DeadLetterLog(bootstrap)
        self._settled, self._proof = SettledLines(), LineProof()
        self._bronze: dict[str, _Bronze] = {}

    def look(self, published: PublishedContracts) -> LinesPicture:
        """Never raises: what can't be looked at says why."""
        read_at = self._contracts_read_at()  # before they are taken, which are as new as that at least
        bound = [one.contract for one in published.tables() if published.binding(*one.table) is not None]
        fed_by_lines = [contract for contract in bound if contract.log is not None]
        if not fed_by_lines:
            return NO_LINES
        try:
            return self._count(fed_by_lines, read_at)
        except (LakeError, KafkaException) as failed:
            log.warning("lines_not_looked_at", reason=str(failed))
            return LinesPicture(None, str(failed))
        except Exception as failed:
            # The edge of this look, too: the datasets' alerts must be told whatever befalls it.
            log.exception("lines_not_looked_at")
            return LinesPicture(None, unexpected(failed))

    def _count(self, contracts: Sequence[Contract], read_at: float) -> LinesPicture:
        """In this order: what the log-router has committed, then where its work may be found."""
        inbound = self._partitions(LOGS_INBOUND.name)
        asked = self._group.committed(inbound.values())
        asked_at = self._clock.monotonic()
        committed = {source: done for source, at in inbound.items() if (done := asked[at]) is not None}
        topics = {one.address: self._ends(self._partitions(one.topic)) for one in contracts}
        ends = {source: end for each in topics.values() for source, end in each.items()}
        dead = self._dead_letters()
        self._settled.see(committed, ends, asked_at)
        tokens: dict[Source, int] = {}
        somewhere: dict[Source, list[Runs]] = {}
        for contract in contracts:
            kept = self._bronze.setdefault(contract.address, self._open(contract))
            if (table := kept.table.newest()) is not None:
                self._read(kept, table, topics[contract.address], tokens, somewhere)
        for origins in dead.by_reason.values():
            for source, runs in origins.items():
                somewhere.setdefault(source, []).append(runs)
        starts = self._topics.log_starts(inbound.values())
        log_starts = {source: starts[at] for source, at in inbound.items()}
        settled = self._settled.settled(tokens, ends, read_at)

        def lines(source: Source, first: int, end: int) -> Offsets:
            return missed_lines(self._bootstrap, inbound[source], first, end, dead.forgotten_before_ms)

        lost = self._proof.step(
            {source: joined(parts) for source, parts in somewhere.items()}, log_starts, settled, lines
        )
        for kept in self._bronze.values():
            kept.files.forget_below(self._proof.proved)
        return LinesPicture(self._figures(contracts, lost, log_starts, committed, self._ends(inbound), dead))

    def _figures(
        self,
        contracts: Sequence[Contract],
        lost: Mapping[Source, Runs],
        starts: Mapping[Source, int],
        committed: Mapping[Source, int],
        ends: Mapping[Source, int],
        dead: DeadLetters,
    ) -> LineCount:
        proved = self._proof.proved
        reached = {source: max(start, committed.get(source, 0)) for source, start in starts.items()}
        positions = [
            (source, offset) for source in sorted(lost) for offset in first_offsets(lost[source], EXAMPLES)
        ]
        return LineCount(
            counted_at=self._clock.now(),
            owners=tuple(sorted({contract.owner for contract in contracts})),
            is_whole=self._settled.has_reached_its_beginning(proved),
            lost=sum(rows_in(runs) for runs in lost.values()),
            examples=tuple(positions[:EXAMPLES]),
            deleted_unread=sum(max(0, starts[source] - done) for source, done in committed.items()),
            done=sum(reached[source] - start for source, start in starts.items()),
            waiting=sum(max(0, end - reached[source]) for source, end in ends.items()),
            dead={
                reason: sum(rows_in(runs) for runs in origins.values())
                for reason, origins in dead.by_reason.items()
            },
        )

    def _open(self, contract: Contract) -> _Bronze:
        return _Bronze(KeptTable(self._storage, contract.bronze_path), PositionFiles(ORIGINS))

    def _read(
        self,
        kept: _Bronze,
        table: DeltaTable,
        ends: Mapping[Source, int],
        tokens: dict[Source, int],
        somewhere: dict[Source, list[Runs]],
    ) -> None:
        with store_errors("read the lines in", kept.table.path):
            found = kept.table.tokens.read(table, [source.app_id for source in ends])
            for source, runs in kept.files.read(table).runs.items():
                somewhere.setdefault(source, []).append(runs)
        tokens |= {source: token for source in ends if (token := found[source.app_id]) is not None}

    def _dead_letters(self) -> DeadLetters:
        letters = self._partitions(DEAD_LETTERS.name).values()
        return self._letters.read(
            self._topics.log_starts(letters), self._group.ends(letters), self._clock.now()
        )

    def _ends(self, partitions: Partitions) -> Mapping[Source, int]:
        ends = self._group.ends(partitions.values())
        return {source: ends[at] for source, at in partitions.items()}

    def _partitions(self, topic: str) -> Partitions:
        topic_id = self._topics.topic_id(topic)
        return {
            Source(topic_id, number): TopicPartition(topic, number)
            for number in range(self._topics.partitions(topic))
        }
