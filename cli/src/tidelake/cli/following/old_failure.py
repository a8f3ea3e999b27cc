"""Whether Connect tells of a connector's start of now, or still of the one before."""

from datetime import timedelta

from tidelake.runtime.clock import Clock
from tidelake.runtime.shutdown import Deadline
from tidelake.streams.connectors import ConnectorStatus

_LONGEST = timedelta(seconds=10)


class OldFailure:
    """Of a connector that was just changed or restarted. Connect only notes that, and says FAILED, as before,
    until a worker has come to it."""

    def __init__(self, timeout: timedelta, clock: Clock) -> None:
        self._patience = Deadline(min(timeout, _LONGEST), clock)
        self._moved = False

    def may_be(self, status: ConnectorStatus) -> bool:
        """False once a failure is sure to be of now: another state was seen before it, or it stays. Is to see
        each status."""
        if status.state != "failed":
            self._moved = True
        return status.state == "failed" and not self._moved and not self._patience.expired
