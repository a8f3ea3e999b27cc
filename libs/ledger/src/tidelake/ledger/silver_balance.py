"""Whether each row of bronze has exactly one outcome."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SilverBalance:
    """Bronze against silver and its outcomes. All figures count positions, but for `astray`."""

    version: int  # of silver, as it was counted
    outcomes_version: int
    inserted: int  # of an append dataset: rows of silver, each of which is its own bronze row's outcome
    outcomes: Mapping[str, int]  # the other outcomes, by word
    reasons: Mapping[str, int]  # quarantined rows by the rule that they break; one may break several
    missing: int  # in bronze without an outcome, though a later row of its partition has one
    waiting: int  # in bronze without an outcome, and may have one yet
    newer: int  # came into Kafka after the count had begun, and have no outcome yet
    doubled: int  # with more than one outcome
    unknown: int  # with an outcome, and not in bronze
    repeated: int  # silver rows whose event an earlier row is, within the contract's dedupe window
    astray: int = 0  # keys of an upsert dataset whose row is not what their newest outcome says

    @property
    def explained(self) -> int:
        """Outcomes in all."""
        return self.inserted + sum(self.outcomes.values())

    @property
    def unsettled(self) -> int:
        """Bronze rows without an outcome. While silver is at work, none of them need be lost: a batch's
        quarantined rows and duplicates are written after its good ones."""
        return self.missing + self.waiting

    @property
    def faults(self) -> int:
        """What no waiting mends."""
        return self.missing + self.doubled + self.unknown + self.repeated + self.astray

    @property
    def balanced(self) -> bool:
        return not self.faults and not self.waiting
