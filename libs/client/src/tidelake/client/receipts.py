"""What the door answered, record by record. Kept by the caller, it is a count that the lake did not make."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

Status = Literal["accepted", "refused", "not_taken", "unconfirmed"]


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """One thing that is wrong with a refused record."""

    field: str  # path in the record; empty for the record as a whole
    rule: str
    value: str  # as seen, shortened
    expected: str  # what would be right


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one record.

    accepted: Kafka has it, at topic, partition and offset. refused: it breaks the contract, see broken_rules.
    not_taken: nothing is wrong with it and it is not kept. unconfirmed: it may be kept; sent again under the
    same id it is recognised if `retry_recognised`.
    """

    index: int  # in the records as they were sent
    status: Status
    event_id: str | None = None  # None for a refused record
    retry_recognised: bool | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    broken_rules: tuple[BrokenRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipts:
    """The receipts of one batch, in the order of its records."""

    dataset: str  # as it was addressed
    version: str  # of the contract that the records were checked by
    receipts: tuple[Receipt, ...]
    earlier: tuple[Receipts, ...] = ()
    """Receipts of earlier tries of the same batch that ended without a full answer. What they accepted is in
    Kafka as well, under the same ids."""

    def by_status(self) -> Counter[Status]:
        """How many records of each status; all together are the batch."""
        return Counter(receipt.status for receipt in self.receipts)

    @property
    def accepted(self) -> tuple[Receipt, ...]:
        return tuple(receipt for receipt in self.receipts if receipt.status == "accepted")

    @property
    def refused(self) -> tuple[Receipt, ...]:
        return tuple(receipt for receipt in self.receipts if receipt.status == "refused")


@dataclass(frozen=True, slots=True)
class Sent:
    """Totals of many batches. What is neither accepted nor refused was not taken: see the receipts."""

    records: int
    accepted: int
    refused: int
    bytes_sent: int  # records' own bytes, before compression
