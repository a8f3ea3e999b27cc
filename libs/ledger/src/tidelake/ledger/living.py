"""Which runs of a door are known to live. A door counts each second, but only when something has changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_HEARD_OF = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class SignsOfLife:
    """What is known of doors beside their counts."""

    now: datetime
    instance: str | None = None  # a door that is seen to run, such as the local stack's
    since: datetime | None = None  # when its process was started

    def lives(self, instance: str, counted_at: datetime) -> bool:
        """Whether the run that counted then is known to go on. False says only that nobody knows."""
        if self.since is not None and instance == self.instance and counted_at >= self.since:
            return True
        return self.now - counted_at < _HEARD_OF
