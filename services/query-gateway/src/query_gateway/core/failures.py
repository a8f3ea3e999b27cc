"""What Trino's errors mean for the asker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from query_gateway.core.refusals import QuestionRefused, Reason

_AWAY = frozenset(
    {"SERVER_SHUTTING_DOWN", "SERVER_STARTING_UP", "NO_NODES_AVAILABLE", "CLUSTER_HAS_NO_MEMORY"}
)
_BY_NAME: Mapping[str, tuple[Reason, str]] = {
    "QUERY_QUEUE_FULL": (
        Reason.QUEUE_FULL,
        "Ask again once queries of yours have ended; one whose pages are not read to their end counts, too: "
        "read or cancel them (DELETE /v1/query/{query}).",
    ),
    "EXCEEDED_TIME_LIMIT": (Reason.TIME_LIMIT, "Ask for less, or with a longer timeout_s."),
    "PERMISSION_DENIED": (
        Reason.ACCESS_DENIED,
        "Ask for what the key's role may read; a contract just published is in force in seconds.",
    ),
    "USER_CANCELED": (Reason.CANCELLED, "Ask again if it was not you who cancelled it."),
    "ADMINISTRATIVELY_KILLED": (Reason.CANCELLED, "Ask whoever runs Trino before you ask again."),
    "SYNTAX_ERROR": (
        Reason.MALFORMED,
        "Mend the SQL; Trino counts in the text without comments and line breaks.",
    ),
}
_USER_ERROR = (Reason.QUERY_FAILED, "Mend the query: asked again, it will fail again.")
_RESOURCES = (Reason.QUERY_FAILED, "Ask for less at once: fewer rows or groups, or one part after the other.")
_INTERNAL = (
    Reason.TRINO_FAILED,
    "Ask again; if it stays so, whoever runs the lake finds more by the query id.",
)


def failure(error: Mapping[str, Any], query_id: str, retry_after: timedelta) -> QuestionRefused:
    """`error` as Trino's protocol has it."""
    name, kind = str(error.get("errorName", "UNKNOWN")), str(error.get("errorType", ""))
    told = " ".join(str(error.get("message", "")).split()).rstrip(".")
    wait = None
    if name in _AWAY:
        reason, next_step, wait = Reason.TRINO_AWAY, "Ask again in a moment.", retry_after
    elif name in _BY_NAME:
        reason, next_step = _BY_NAME[name]
        wait = retry_after if reason is Reason.QUEUE_FULL else None
    elif kind == "USER_ERROR":
        reason, next_step = _USER_ERROR
    elif kind == "INSUFFICIENT_RESOURCES":
        reason, next_step = _RESOURCES
    else:
        reason, next_step = _INTERNAL
    return QuestionRefused(
        reason, f"{told} ({name}).", next_step, retry_after=wait, query_id=query_id, error_name=name
    )
