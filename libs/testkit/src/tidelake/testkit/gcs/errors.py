"""Every way in which a call can fail, with the words that Google's two dialects have for it."""

from typing import Literal
from xml.sax.saxutils import escape

import orjson
from tidelake.testkit.gcs.exchange import Response

Dialect = Literal["json", "xml"]


class GcsError(Exception):
    """An answer other than success: HTTP status, JSON `reason`, XML `Code`, and a sentence for a person."""

    def __init__(self, status: int, reason: str, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.code = code
        self.message = message


class NoSuchObject(GcsError):
    def __init__(self, bucket: str, name: str) -> None:
        super().__init__(404, "notFound", "NoSuchKey", f"No such object: {bucket}/{name}")


class NoSuchBucket(GcsError):
    def __init__(self, bucket: str) -> None:
        super().__init__(404, "notFound", "NoSuchBucket", f"The specified bucket does not exist: {bucket}")


class NoSuchUpload(GcsError):
    def __init__(self, upload: str) -> None:
        super().__init__(
            404,
            "notFound",
            "NoSuchUpload",
            f"No open upload {upload}: it was never started, was aborted, or the emulator restarted.",
        )


class BucketExists(GcsError):
    def __init__(self, bucket: str) -> None:
        super().__init__(
            409, "conflict", "BucketAlreadyOwnedByYou", f"The bucket {bucket} exists and is owned by you."
        )


class ConditionNotMet(GcsError):
    def __init__(self) -> None:
        super().__init__(
            412,
            "conditionNotMet",
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold.",
        )


class Invalid(GcsError):
    """The request can not be understood, or its content is not what its own hashes say."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "invalid", "InvalidArgument", message)


class RangeNotSatisfiable(GcsError):
    def __init__(self, asked: str, size: int) -> None:
        super().__init__(
            416,
            "requestedRangeNotSatisfiable",
            "InvalidRange",
            f"The range {asked} can not be satisfied: the object has {size} bytes.",
        )


class NotBuilt(GcsError):
    """A call that the emulator does not have. It is never answered as if it had been understood."""

    def __init__(self, call: str) -> None:
        super().__init__(
            501,
            "notImplemented",
            "NotImplemented",
            f"The emulator does not have the call {call}. It is a test double with the calls only that "
            "the lake's clients send; add the call to tidelake.testkit.gcs if a client needs it.",
        )


class OutOfRoom(GcsError):
    """The disk took no more. Nothing of the upload is visible; what was acknowledged before is untouched."""

    def __init__(self, cause: str) -> None:
        super().__init__(
            507,
            "insufficientStorage",
            "InsufficientStorage",
            f"The emulator's disk took no more ({cause}); nothing of this call was kept. "
            "Free space below its --data directory and send the call again.",
        )


class TornContent(GcsError):
    """The stored bytes are not those that were acknowledged, so they are not served."""

    def __init__(self, bucket: str, name: str, found: str) -> None:
        super().__init__(
            500,
            "backendError",
            "InternalError",
            f"The content of {bucket}/{name} on the emulator's disk is damaged ({found}) and is not served. "
            "After a power loss this can happen without --fsync. Write the object again.",
        )


class InternalFailure(GcsError):
    def __init__(self, cause: str) -> None:
        super().__init__(500, "backendError", "InternalError", f"The emulator failed: {cause}")


class Injected(GcsError):
    """A failure that a test asked for."""

    def __init__(self, status: int) -> None:
        reasons = {429: ("rateLimitExceeded", "SlowDown"), 503: ("backendError", "ServiceUnavailable")}
        reason, code = reasons.get(status, ("backendError", "InternalError"))
        super().__init__(status, reason, code, f"A fault asked for by a test: status {status}.")


def error_response(error: GcsError, dialect: Dialect) -> Response:
    """The error as the API that was called words it."""
    if dialect == "xml":
        return Response(
            error.status,
            {"content-type": "application/xml; charset=UTF-8"},
            (
                "<?xml version='1.0' encoding='UTF-8'?>"
                f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
            ).encode(),
        )
    detail: dict[str, str] = {"message": error.message, "domain": "global", "reason": error.reason}
    if error.status == 412:
        detail |= {"locationType": "header", "location": "If-Match"}
    return Response(
        error.status,
        {"content-type": "application/json; charset=UTF-8"},
        orjson.dumps({"error": {"code": error.status, "message": error.message, "errors": [detail]}}),
    )
