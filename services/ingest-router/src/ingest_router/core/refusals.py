"""Every way in which a whole request is refused: nothing of it was taken, and the sender learns why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from tidelake.runtime.errors import LakeError, Poison


class Reason(StrEnum):
    """Why nothing was taken. The names are part of the API: problem types and metrics carry them."""

    UNAUTHENTICATED = "unauthenticated"
    NOT_ALLOWED = "not-allowed"
    UNKNOWN_DATASET = "unknown-dataset"
    UNSUPPORTED = "unsupported-media"
    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    SLOW_BODY = "slow-body"
    CUT_OFF = "cut-off"
    BACKPRESSURE = "backpressure"
    NOT_READY = "not-ready"


class RequestRefused(LakeError, Poison):
    """Nothing of the request was taken. `retry_after` is set when the same request may pass later."""

    def __init__(
        self, reason: Reason, detail: str, next_step: str, retry_after: timedelta | None = None
    ) -> None:
        self.reason = reason
        self.detail = detail
        self.next_step = next_step
        self.retry_after = retry_after
        super().__init__(f"{detail} {next_step}")


def no_api_key() -> RequestRefused:
    return RequestRefused(
        Reason.UNAUTHENTICATED,
        "The request carries no API key.",
        "Send the header 'Authorization: Bearer <key>' with a key made by 'lake keys create'.",
    )


def unknown_api_key() -> RequestRefused:
    return RequestRefused(
        Reason.UNAUTHENTICATED,
        "The API key is not known: it was mistyped, never made for this lake, revoked, or made a few seconds "
        "ago.",
        "Send a key that was just made again in some seconds; else check it, or have a new one made with "
        "'lake keys create'.",
    )


def unknown_dataset(dataset: str, writable: Iterable[str]) -> RequestRefused:
    return RequestRefused(
        Reason.UNKNOWN_DATASET,
        f"There is no dataset {dataset!r} that takes events. {_writable(writable)}",
        "Correct the name, or publish the dataset's contract with 'lake dataset apply'.",
    )


def not_allowed(producer: str, dataset: str, writable: Iterable[str]) -> RequestRefused:
    return RequestRefused(
        Reason.NOT_ALLOWED,
        f"The key's producer {producer!r} may not write to {dataset!r}. {_writable(writable)}",
        f"Use a key of one of its producers, or have {producer!r} added as a role with access write to the "
        f"contract of {dataset!r}.",
    )


def body_too_large(seen: str, limit: int) -> RequestRefused:
    return RequestRefused(
        Reason.TOO_LARGE,
        f"The request is too large: {seen}, and max_body_bytes allows {limit}.",
        "Send fewer records in a request. (A single record is bounded by max_record_bytes.)",
    )


def too_many_records(limit: int) -> RequestRefused:
    return RequestRefused(
        Reason.TOO_LARGE,
        f"The request holds more than {limit} records, which is what max_records_per_request allows.",
        "Send fewer records in a request.",
    )


def unsupported_media_type(given: str | None) -> RequestRefused:
    seen = "The request has no Content-Type" if given is None else f"Content-Type {given!r} is not taken here"
    return RequestRefused(
        Reason.UNSUPPORTED,
        f"{seen}.",
        "Send 'application/json' (one object, or an array of objects) or 'application/x-ndjson' "
        "(one object a line), in UTF-8.",
    )


def unsupported_encoding(given: str) -> RequestRefused:
    return RequestRefused(
        Reason.UNSUPPORTED,
        f"Content-Encoding {given!r} is not taken here.",
        "Compress the body with gzip or zstd, once, or not at all.",
    )


def malformed(problem: str, next_step: str) -> RequestRefused:
    return RequestRefused(Reason.MALFORMED, problem, next_step)


def malformed_json(offset: int, line: int, reason: str) -> RequestRefused:
    return malformed(
        f"The body is no JSON at byte {offset}, line {line}: {reason}. Nothing of it was taken.",
        "Send one object, an array of objects, or one object a line as application/x-ndjson.",
    )


def no_message() -> RequestRefused:
    return malformed("The call holds no message.", "Send one PublishRequest in each call of Publish.")


def broken_message(reason: str) -> RequestRefused:
    return malformed(
        f"The message can't be read: {reason}. Nothing of it was taken.",
        "Send what contract/ingest.proto describes, serialised by code that was generated from it.",
    )


def no_records() -> RequestRefused:
    return malformed("The request holds no record.", "Send at least one JSON object.")


def slow_body(timeout: timedelta) -> RequestRefused:
    return RequestRefused(
        Reason.SLOW_BODY,
        f"The body did not arrive within {timeout.total_seconds():g} s (body_timeout). Nothing was taken.",
        "Send it again, in smaller requests if the line is slow.",
    )


def cut_off() -> RequestRefused:
    return RequestRefused(
        Reason.CUT_OFF, "The sender went away in the middle of the body.", "Send the request again."
    )


def backpressure(cause: str, retry_after: timedelta) -> RequestRefused:
    return RequestRefused(
        Reason.BACKPRESSURE,
        f"{cause} Nothing of the request was taken.",
        f"Send the same request again in {retry_after.total_seconds():g} s.",
        retry_after,
    )


def no_memory_left(retry_after: timedelta) -> RequestRefused:
    return backpressure(
        "The door holds as many bytes of requests as it may (max_in_flight_bytes, of which one producer gets "
        "half).",
        retry_after,
    )


def too_many_calls(retry_after: timedelta) -> RequestRefused:
    return backpressure(
        "As many gRPC calls are open as may be (max_open_calls, of which one producer gets half).",
        retry_after,
    )


def not_ready(cause: str, retry_after: timedelta) -> RequestRefused:
    return RequestRefused(
        Reason.NOT_READY,
        f"The door is not ready: {cause}. Nothing of the request was taken.",
        f"Send the same request again in {retry_after.total_seconds():g} s, or to another instance.",
        retry_after,
    )


def _writable(datasets: Iterable[str]) -> str:
    names = sorted(datasets)
    return f"This key may write to: {', '.join(names)}." if names else "This key may write to no dataset."
