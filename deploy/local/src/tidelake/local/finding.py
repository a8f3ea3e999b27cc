"""What `lake doctor` says of one thing that it looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw. `advice` says what to do; it is empty exactly when nothing is wrong."""

    check: str
    seen: str
    advice: str = ""

    @property
    def ok(self) -> bool:
        """Nothing to do."""
        return not self.advice
