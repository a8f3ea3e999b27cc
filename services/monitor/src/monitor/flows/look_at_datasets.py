"""Looks at every dataset that is in force."""

from __future__ import annotations

from datetime import timedelta

import structlog
from confluent_kafka import KafkaException
from tidelake.contracts.contract import Contract
from tidelake.contracts.registry import PublishedContracts
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError
from tidelake.streams.topics import Topics
from tidelake.tables.storage import LakeStorage

from monitor.core.announced import Announced
from monitor.core.picture import DatasetPicture
from monitor.core.trouble import unexpected
from monitor.flows.count_ledger import LedgerOf
from monitor.flows.look_at_dataset import DatasetLook, KafkaRecords

log = structlog.get_logger()


class DatasetLooks:
    """Looks at all published datasets. For one thread."""

    def __init__(
        self,
        storage: LakeStorage,
        topics: Topics,
        records: KafkaRecords,
        announced: Announced,
        clock: Clock,
        window: timedelta,
        patience: timedelta,
        anew: timedelta,
        files_every: timedelta,
    ) -> None:

        def opened(contract: Contract) -> DatasetLook:
            ledger = LedgerOf(storage, contract, patience, anew, files_every, clock)
            return DatasetLook(ledger, topics, records, announced, clock, window)

        self._open = opened
        self._looks: dict[str, DatasetLook] = {}

    def look(self, published: PublishedContracts) -> tuple[DatasetPicture, ...]:
        """What can't be looked at keeps no other from being looked at, and says why."""
        contracts = [one.contract for one in published.tables() if published.binding(*one.table) is not None]
        for gone in self._looks.keys() - {contract.address for contract in contracts}:
            del self._looks[gone]
        found: list[DatasetPicture] = []
        for contract in contracts:
            look = self._looks.setdefault(contract.address, self._open(contract))
            try:
                found.append(look.look(contract))
            except (LakeError, KafkaException) as failed:
                log.warning("dataset_not_looked_at", dataset=contract.address, reason=str(failed))
                found.append(look.nothing(contract, str(failed)))
            except Exception as failed:
                # The edge of one dataset's look: what nobody thought of must not silence all others' alerts.
                log.exception("dataset_not_looked_at", dataset=contract.address)
                found.append(look.nothing(contract, unexpected(failed)))
        return tuple(found)
