"""Which lines a dataset has: what stands in bronze, and what is on its way there."""

from collections.abc import Mapping

from deltalake import DeltaTable
from tidelake.contracts.contract import Contract
from tidelake.contracts.envelope import EVENT_ID
from tidelake.streams.errors import UnknownTopic
from tidelake.streams.headers import headers_of
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition
from tidelake.tables.missing_files import require_files
from tidelake.tables.positions import Source
from tidelake.tables.refusals import store_errors
from tidelake.tables.storage import LakeStorage

from .group_reader import GroupReader
from .kafka_reader import read_messages
from .log_balance import Landed
from .origins import ORIGINS, offsets_by_source
from .position_files import PositionFiles
from .runs import Runs, joined, runs_of


class LandedLines:
    """Reads one dataset of source log, again and again: each file of its bronze once. For one thread.

    Bronze has for ever what Kafka forgets, and Kafka has what bronze has not taken yet.
    """

    def __init__(self, storage: LakeStorage, bootstrap: str, topics: Topics, contract: Contract) -> None:
        self._storage = storage
        self._bootstrap = bootstrap
        self._topics = topics
        self._contract = contract
        self._bronze = PositionFiles(ORIGINS)

    def read(self, kafka: GroupReader) -> Landed:
        """Raises FilesMissing, StoreUnavailable, StoreRefused, BrokerUnavailable, ReaderStalled,
        KafkaException."""
        parts: dict[Source, list[Runs]] = {}
        records = 0
        with store_errors("count the lines in", self._contract.bronze_path):
            table = self._table()
            if table is not None:
                require_files(table, self._contract.bronze_path)
                stored = self._bronze.read(table)
                records += stored.rows
                for source, runs in stored.runs.items():
                    parts.setdefault(source, []).append(runs)
        for at, begin in self._begins(table).items():
            texts = self._texts(at, begin, kafka.ends([at])[at])
            records += len(texts)
            for source, offsets in offsets_by_source(texts).items():
                parts.setdefault(source, []).append(runs_of(offsets))
        return Landed(records, {source: joined(runs) for source, runs in parts.items()})

    def _table(self) -> DeltaTable | None:
        uri, options = self._storage.uri(self._contract.bronze_path), self._storage.delta_options()
        if not DeltaTable.is_deltatable(uri, options):
            return None
        return DeltaTable(uri, storage_options=options)

    def _begins(self, table: DeltaTable | None) -> Mapping[TopicPartition, int]:
        """Where what bronze lacks begins in each partition of the topic; nothing where there is no topic."""
        topic = self._contract.topic
        try:
            topic_id = self._topics.topic_id(topic)
            partitions = [TopicPartition(topic, number) for number in range(self._topics.partitions(topic))]
        except UnknownTopic:
            return {}
        starts = self._topics.log_starts(partitions)
        return {at: max(starts[at], _token(table, Source(topic_id, at.partition))) for at in partitions}

    def _texts(self, at: TopicPartition, first: int, end: int) -> list[bytes | None]:
        return [
            dict(reversed(headers_of(message) or [])).get(EVENT_ID)  # pyright: ignore[reportArgumentType]
            for messages in read_messages(
                self._bootstrap, at.topic, at.partition, first, end, committed=False
            )
            for message in messages
        ]


def _token(table: DeltaTable | None, source: Source) -> int:
    return (table.transaction_version(source.app_id) or 0) if table is not None else 0
