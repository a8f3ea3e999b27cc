"""Which version of a dataset the door checks records by."""

from dataclasses import dataclass

import httpx
from tidelake.runtime.certificates import verified

_TIMEOUT_S = 2.0
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Serving:
    """The door's answer about one dataset."""

    version: str | None  # None: it serves none
    why: str  # it serves none, in words; empty otherwise


def ask_door(router_url: str, address: str) -> Serving:
    """Ask the router what it serves there. Never raises: an answer that is none is a reason."""
    url = f"{router_url}/v1/datasets/{address}"
    try:
        answer = httpx.get(url, timeout=_TIMEOUT_S, verify=verified(url))
    except httpx.HTTPError as problem:
        return Serving(None, f"{router_url} does not answer ({type(problem).__name__})")
    if answer.status_code == _NOT_FOUND:
        return Serving(None, "it does not know the dataset yet")
    if not answer.is_success:
        return Serving(None, f"{url} answers {answer.status_code}")
    try:
        return Serving(str(answer.json()["version"]), "")
    except (ValueError, KeyError, TypeError):
        return Serving(None, f"{url} answers something that a router does not say")
