"""Waiting until a service takes the demo's own API key."""

from collections.abc import Callable
from datetime import timedelta

from tidelake.cli import known_keys
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.errors import LakeError, Transient

from .interruption import Interrupted

# Several times what door and gateway take at most to read the keys anew.
_PATIENCE = timedelta(seconds=60)


class KeyNotKnown(LakeError, Transient):
    """A service does not take the key that was made for it."""

    def __init__(self, service: str) -> None:
        super().__init__(
            f"{service} still does not know the demo's API key after {_PATIENCE.total_seconds():.0f} s. "
            f"See ./lake logs {service} for why it can't read keys, and try again."
        )
        self.service = service


def wait_until_known(service: str, knows: Callable[[], bool], wait: Callable[[timedelta], bool]) -> None:
    """Returns when the service knows the key.

    `wait` returns True when the user wants to stop. Raises Interrupted then, and KeyNotKnown.
    """
    if known_keys.wait_until_known(knows, SystemClock(), wait, _PATIENCE):
        return
    if wait(timedelta(0)):
        raise Interrupted
    raise KeyNotKnown(service)
