"""What can go wrong between a sender and the door. Each says whether anything may be kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tidelake.client.receipts import Receipts


@dataclass(frozen=True, slots=True)
class Problem:
    """The door's own words."""

    type: str  # the last part of the problem's type, such as unknown-dataset
    title: str
    detail: str
    next_step: str
    status: int  # the HTTP status; for gRPC the one that it stands for


class IngestError(Exception):
    """The root of all errors that the client raises on purpose."""


class RequestRefused(IngestError):
    """The door refused the whole request and took nothing. The same request will be refused again."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{problem.title}: {problem.detail} {problem.next_step}")


class NothingTaken(IngestError):
    """The door could not be reached or had no room; nothing of the batch was taken. Send it again later."""

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(f"Nothing was taken: {reason}")


class MaybeKept(IngestError):
    """No full answer came, so records of the batch may be kept. Send the same batch again in the same order
    under the same `idempotency_key`, so that repeats are recognised."""

    def __init__(
        self,
        reason: str,
        idempotency_key: str,
        attempts: tuple[Receipts, ...] = (),
        retry_after: timedelta | None = None,
    ) -> None:
        self.reason = reason
        self.idempotency_key = idempotency_key
        self.attempts = attempts  # of every try that was answered at all
        self.retry_after = retry_after
        super().__init__(
            f"Records may be kept: {reason} Send the same batch again under the same "
            f"idempotency_key={idempotency_key!r}."
        )
