"""The other processors of the group, for one that starts while they work."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta

from tidelake.runtime.shutdown import StopSignal
from tidelake.streams.errors import BrokerUnavailable

_LOOK_EVERY = timedelta(milliseconds=500)


class Others:
    """`members`: client ids of those that the group counts as alive; raises BrokerUnavailable."""

    def __init__(self, members: Callable[[], Collection[str]], name: str) -> None:
        self._members = members
        self._name = name

    def may_work(self) -> bool:
        """Whether some other one does; also while Kafka does not say, as nothing could be announced then."""
        try:
            return bool(set(self._members()) - {self._name})
        except BrokerUnavailable:
            return True

    def wait_while_they_work(self, stop: StopSignal, until: Callable[[], bool]) -> None:
        """Returns when `until` holds, too, and when told to stop."""
        while not until() and self.may_work() and not stop.wait(_LOOK_EVERY):
            pass
