"""Waiting until door or gateway know a key that was made a moment ago: they read them every few seconds."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import httpx
from tidelake.runtime.certificates import verified
from tidelake.runtime.clock import Clock
from tidelake.runtime.shutdown import Deadline

# They read keys every 2 s.
PATIENCE = timedelta(seconds=8)
_LOOK_EVERY = timedelta(milliseconds=200)
_TIMEOUT_S = 2.0
_NOT_YET = (HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE)


def wait_until_known(
    knows: Callable[[], bool],
    clock: Clock,
    wait: Callable[[timedelta], bool],
    patience: timedelta = PATIENCE,
) -> bool:
    """True once the key is known, False if it does not in time or the waiting is ended.

    `wait` sleeps and returns True to end the waiting. Never raises: a key that is made is good all the same.
    """
    deadline = Deadline(patience, clock)
    while not knows():
        if deadline.expired or wait(_LOOK_EVERY):
            return False
    return True


def door_knows(router_url: str, token: str) -> bool:
    """Whether the door knows whose key it is, by a request that holds no record. Never raises."""
    return _knows(f"{router_url}/v1/datasets/-/events", token)


def gateway_knows(gateway_url: str, token: str) -> bool:
    """Whether the gateway knows whose key it is, by a request that holds no question. Never raises."""
    return _knows(f"{gateway_url}/v1/query", token)


def _knows(url: str, token: str) -> bool:
    try:
        # The key is looked at first, so that the path's rest and the empty body change nothing.
        answer = httpx.post(
            url,
            json=[],
            headers={"authorization": f"Bearer {token}"},
            timeout=_TIMEOUT_S,
            trust_env=False,
            verify=verified(url),
        )
    except httpx.HTTPError:
        return False
    return answer.status_code not in _NOT_YET
