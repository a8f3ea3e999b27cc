"""Waiting until the door knows a key that was made a moment ago: it reads them every few seconds only."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

import httpx
from tidelake.runtime.clock import Clock
from tidelake.runtime.shutdown import Deadline

# A door reads its keys every 2 s.
PATIENCE = timedelta(seconds=8)
_LOOK_EVERY = timedelta(milliseconds=200)
_TIMEOUT_S = 2.0
_NOT_YET = (HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE)


def wait_until_known(
    router_url: str,
    token: str,
    clock: Clock,
    wait: Callable[[timedelta], bool],
    patience: timedelta = PATIENCE,
) -> bool:
    """True once the door takes the key, False if it does not in time or the waiting is ended.

    `wait` sleeps and returns True to end the waiting. Never raises: a key that is made is good all the same.
    """
    deadline = Deadline(patience, clock)
    while not knows(router_url, token):
        if deadline.expired or wait(_LOOK_EVERY):
            return False
    return True


def knows(router_url: str, token: str) -> bool:
    """Whether the door knows whose key it is, by a request that holds no record. Never raises."""
    try:
        # The key is looked at first, so that the dataset's name and the empty body change nothing.
        answer = httpx.post(
            f"{router_url}/v1/datasets/-/events",
            json=[],
            headers={"authorization": f"Bearer {token}"},
            timeout=_TIMEOUT_S,
            trust_env=False,
        )
    except httpx.HTTPError:
        return False
    return answer.status_code not in _NOT_YET
