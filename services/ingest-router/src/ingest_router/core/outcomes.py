"""What became of each record of a request, and what that makes of the request."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum

from tidelake.contracts.broken_rules import BrokenRule
from tidelake.contracts.contract import Version

RULE_RECORD_TOO_LARGE = "max_record_bytes"
RULE_NOT_TAKEN = "not_taken"
_RULES_OF_TEXT = frozenset({"json", "encoding"})  # the contract was not even asked


@dataclass(frozen=True, slots=True)
class Accepted:
    """Kafka has the record on all replicas that it asks for."""

    index: int
    event_id: str
    retry_recognised: bool  # False: the id was made up, so that a repeat becomes another event
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The record breaks the contract or a limit. It is not in Kafka."""

    index: int
    broken_rules: tuple[BrokenRule, ...]  # never empty


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Nothing is wrong with the record, but Kafka did not take it, for sure. It may be sent again."""

    index: int
    event_id: str
    retry_recognised: bool
    cause: str


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """Kafka's answer did not come in time. The record may be kept."""

    index: int
    event_id: str
    retry_recognised: bool


Receipt = Accepted | Refused | NotTaken | Unconfirmed


class Verdict(Enum):
    """What the receipts make of the request as a whole."""

    ALL_ACCEPTED = "all accepted"
    SOME_ACCEPTED = "some accepted"
    NONE_ACCEPTED = "none accepted"
    MALFORMED = "malformed"  # none accepted, each for not being JSON
    TOO_LARGE = "too large"  # none accepted, each for its size alone
    NOT_TAKEN = "not taken"  # none accepted, and nothing is kept of those that could have been
    UNCONFIRMED = "unconfirmed"  # at least one may be kept


@dataclass(frozen=True, slots=True)
class Outcome:
    """One receipt per record, in the order of the records. received = the four counts together."""

    dataset: str  # as its sender addressed it
    version: Version
    receipts: tuple[Receipt, ...]
    accepted: int
    refused: int
    not_taken: int
    unconfirmed: int

    @property
    def received(self) -> int:
        return len(self.receipts)

    @property
    def verdict(self) -> Verdict:
        if self.unconfirmed:
            return Verdict.UNCONFIRMED
        if self.accepted:
            return Verdict.ALL_ACCEPTED if self.accepted == self.received else Verdict.SOME_ACCEPTED
        if self.not_taken:
            return Verdict.NOT_TAKEN
        rules = set(self.refused_by_rule())
        if rules <= _RULES_OF_TEXT:
            return Verdict.MALFORMED
        return Verdict.TOO_LARGE if rules == {RULE_RECORD_TOO_LARGE} else Verdict.NONE_ACCEPTED

    def refused_by_rule(self) -> Counter[str]:
        """Records that are not in Kafka, each counted once, under the first rule that it breaks."""
        counts: Counter[str] = Counter()
        for receipt in self.receipts:
            if isinstance(receipt, Refused):
                counts[receipt.broken_rules[0].rule] += 1
        if self.not_taken:
            counts[RULE_NOT_TAKEN] = self.not_taken
        return counts


def outcome(dataset: str, version: Version, receipts: tuple[Receipt, ...]) -> Outcome:
    """The receipts, counted."""
    kinds = Counter(map(type, receipts))
    return Outcome(
        dataset, version, receipts, kinds[Accepted], kinds[Refused], kinds[NotTaken], kinds[Unconfirmed]
    )
