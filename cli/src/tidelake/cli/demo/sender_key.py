"""The demo's own API key: made once, kept beside the stack's state, made again when the lake forgot it."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from tidelake.contracts.keys import KeyRing, create_key
from tidelake.runtime.errors import LakeError, Transient
from tidelake.tables.objects import Objects

from .interruption import Interrupted

# Several times what a door takes at most to read its keys anew.
_PATIENCE = timedelta(seconds=20)
_LOOK_EVERY = timedelta(milliseconds=100)


class KeyNotKnown(LakeError, Transient):
    """The door does not take the key that was made for it."""

    def __init__(self, router_url: str) -> None:
        super().__init__(
            f"{router_url} still does not know the demo's API key after {_PATIENCE.total_seconds():.0f} s; "
            "nothing was sent. See ./lake logs ingest-router for why it can't read keys, and try again."
        )
        self.router_url = router_url


def demo_key(objects: Objects, producer: str, kept: Path, now: datetime) -> str:
    """A token that is good for `producer`; `kept` holds it, readable by this user alone."""
    ring = KeyRing(objects)
    ring.refresh()
    if kept.exists():
        token = kept.read_text().strip()
        if ring.producer_of(token) == producer:
            return token
    _, token = create_key(objects, producer, now)
    kept.touch(mode=0o600)
    kept.chmod(0o600)
    kept.write_text(token + "\n")
    return token


def wait_until_known(router_url: str, dataset: str, token: str, wait: Callable[[timedelta], bool]) -> None:
    """Returns when the door takes the key: it reads new ones every few seconds only.

    `wait` returns True when the user wants to stop. Raises Interrupted then, and KeyNotKnown.
    """
    end = time.monotonic() + _PATIENCE.total_seconds()
    while not _is_known(router_url, dataset, token):
        if time.monotonic() > end:
            raise KeyNotKnown(router_url)
        if wait(_LOOK_EVERY):
            raise Interrupted


def _is_known(router_url: str, dataset: str, token: str) -> bool:
    try:
        # A request without records changes nothing and is answered with what is wrong first: the key.
        answer = httpx.post(
            f"{router_url}/v1/datasets/{dataset}/events",
            json=[],
            headers={"authorization": f"Bearer {token}"},
            timeout=2.0,
            trust_env=False,
        )
    except httpx.HTTPError:
        return False
    return answer.status_code not in (httpx.codes.UNAUTHORIZED, httpx.codes.SERVICE_UNAVAILABLE)
