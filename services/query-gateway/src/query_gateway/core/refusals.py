"""Every way in which a question gets no answer, and what the asker is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from tidelake.runtime.errors import LakeError, Poison


class Reason(StrEnum):
    """Why there is no answer. The names are part of the API: problem types and metrics carry them."""

    UNAUTHENTICATED = "unauthenticated"
    NOT_ALLOWED = "not-allowed"
    MALFORMED = "malformed"
    NOT_A_QUERY = "not-a-query"
    UNKNOWN_TABLE = "unknown-table"
    UNKNOWN_VERSION = "unknown-version"
    UNKNOWN_QUERY = "unknown-query"
    ACCESS_DENIED = "access-denied"
    QUERY_FAILED = "query-failed"
    CANCELLED = "cancelled"
    QUEUE_FULL = "queue-full"
    TIME_LIMIT = "time-limit"
    NOT_READY = "not-ready"
    STORE_AWAY = "store-away"
    TRINO_AWAY = "trino-away"
    TRINO_FAILED = "trino-failed"


class QuestionRefused(LakeError, Poison):
    """No answer, or no more of it. `retry_after` is set when the same question may be answered later."""

    def __init__(
        self,
        reason: Reason,
        detail: str,
        next_step: str,
        *,
        retry_after: timedelta | None = None,
        query_id: str | None = None,
        error_name: str | None = None,
    ) -> None:
        self.reason = reason
        self.detail = detail
        self.next_step = next_step
        self.retry_after = retry_after
        self.query_id = query_id  # Trino's
        self.error_name = error_name  # Trino's
        super().__init__(f"{detail} {next_step}")


def no_api_key() -> QuestionRefused:
    return QuestionRefused(
        Reason.UNAUTHENTICATED,
        "The request carries no API key.",
        "Send the header 'Authorization: Bearer <key>' with a key made by 'lake keys create'.",
    )


def unknown_api_key() -> QuestionRefused:
    return QuestionRefused(
        Reason.UNAUTHENTICATED,
        "The API key is not known: it was mistyped, never made for this lake, revoked, or made a few seconds "
        "ago.",
        "If it was just made, ask again in a few seconds; else check it, or have a new one made with "
        "'lake keys create'.",
    )


def reads_nothing(role: str) -> QuestionRefused:
    return QuestionRefused(
        Reason.NOT_ALLOWED,
        f"The key's role {role!r} may read no dataset.",
        f"Use a key of a role that may, or have {role!r} added with access read to a dataset's contract.",
    )


def not_ready(cause: str, retry_after: timedelta) -> QuestionRefused:
    return QuestionRefused(
        Reason.NOT_READY,
        f"The gateway is not ready: {cause}.",
        f"Ask again in {retry_after.total_seconds():g} s, or another instance.",
        retry_after=retry_after,
    )


def store_away(cause: str, retry_after: timedelta) -> QuestionRefused:
    return QuestionRefused(
        Reason.STORE_AWAY,
        f"The versions of the tables can't be read: {cause}",
        f"Ask again in {retry_after.total_seconds():g} s.",
        retry_after=retry_after,
    )


def malformed(detail: str, next_step: str) -> QuestionRefused:
    return QuestionRefused(Reason.MALFORMED, detail, next_step)


def not_a_query(detail: str, next_step: str = "Send one SELECT.") -> QuestionRefused:
    return QuestionRefused(Reason.NOT_A_QUERY, detail, next_step)


def unknown_table(name: str, readable: Iterable[str]) -> QuestionRefused:
    """The same words for a table that is not there and for one that this role may not read."""
    names = ", ".join(sorted(set(readable) - {name})) or "no other"
    return QuestionRefused(
        Reason.UNKNOWN_TABLE,
        f"There is no table {name!r} that this key may read. It may read: {names}.",
        "Correct the name, or have the key's role added with access read to the dataset's contract.",
    )


def unknown_version(table: str, wanted: str, known: str) -> QuestionRefused:
    return QuestionRefused(
        Reason.UNKNOWN_VERSION,
        f"{table} has no version {wanted}: {known}.",
        "Ask as of another version or time, or leave as_of out for the newest.",
    )


def unknown_query() -> QuestionRefused:
    return QuestionRefused(
        Reason.UNKNOWN_QUERY,
        "There are no such pages: they were read to their end, cancelled, not asked for in time, are another "
        "key's, or are kept by another instance.",
        "Send the question again, with the versions of its first answer as as_of.",
    )


def time_limit(timeout: timedelta, query_id: str | None = None) -> QuestionRefused:
    return QuestionRefused(
        Reason.TIME_LIMIT,
        f"The answer was not complete within {timeout.total_seconds():g} s, and the query was cancelled.",
        "Ask for less, or with a longer timeout_s.",
        query_id=query_id,
        error_name="EXCEEDED_TIME_LIMIT",
    )


def not_for_arrow(cause: str, query_id: str) -> QuestionRefused:
    return QuestionRefused(
        Reason.QUERY_FAILED,
        f"The answer holds a value that Arrow's types can't hold: {cause}.",
        "Ask for JSON pages, or cast the column, such as a date beyond the year 9999, to varchar.",
        query_id=query_id,
    )


def too_many_open(role: str, most: int, retry_after: timedelta) -> QuestionRefused:
    return QuestionRefused(
        Reason.QUEUE_FULL,
        f"{role!r} has {most} answers open that are not read to their end.",
        "Read their pages to the end, or cancel those that are not wanted: DELETE /v1/query/{query}.",
        retry_after=retry_after,
    )


def trino_away(cause: str, retry_after: timedelta, query_id: str | None = None) -> QuestionRefused:
    return QuestionRefused(
        Reason.TRINO_AWAY,
        f"Trino does not answer ({cause}); if the query was under way, it is lost.",
        f"Ask again in {retry_after.total_seconds():g} s; nothing was changed by asking.",
        retry_after=retry_after,
        query_id=query_id,
    )


def asker_gone() -> QuestionRefused:
    return QuestionRefused(
        Reason.CANCELLED, "The asker went away, and the query was cancelled.", "Ask again."
    )
