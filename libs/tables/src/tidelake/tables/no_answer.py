"""Why a request to the store got no answer, in a few words for a person."""

from __future__ import annotations

from typing import Any, cast

import requests
from google.api_core import exceptions as gcs

_LONGEST = 300


def told(cause: BaseException) -> str:
    """The cause in one line, without the wrappers that clients and retries put around it."""
    while isinstance(cause, gcs.RetryError) and (given_up_on := cast("Any", cause).cause) is not None:
        cause = cast("BaseException", given_up_on)
    if isinstance(cause, TimeoutError | requests.Timeout):
        return "it did not answer in time"
    if isinstance(cause, ConnectionError | requests.RequestException):
        reason = _reason_of_the_system(cause)
        return f"no connection could be made or kept ({reason})" if reason else "the connection broke off"
    text = " ".join(str(cause).split())[:_LONGEST].rstrip(".")
    return text or type(cause).__name__


def _reason_of_the_system(cause: BaseException) -> str | None:
    """What the system said at the bottom of it, such as Connection refused; None where it said nothing."""
    reason: str | None = None
    below: BaseException | None = cause
    while below is not None:
        if isinstance(below, OSError) and below.strerror:
            reason = below.strerror
        below = below.__cause__ or below.__context__
    return reason
