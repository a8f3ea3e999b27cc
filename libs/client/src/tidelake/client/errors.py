"""What can go wrong between a sender and the door, where each says whether anything may be kept, and between
an asker and the gateway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tidelake.client.receipts import Receipts


@dataclass(frozen=True, slots=True)
class Problem:
    """The door's or the gateway's own words."""

    type: str  # the last part of the problem's type, such as unknown-dataset
    title: str
    detail: str
    next_step: str
    status: int  # the HTTP status; for gRPC the one that it stands for
    query_id: str | None = None  # Trino's, of a question that came so far


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


class QueryError(Exception):
    """The root of all errors that asking raises on purpose."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        query = f" (Trino's query {problem.query_id})" if problem.query_id else ""
        super().__init__(f"{problem.title}: {problem.detail} {problem.next_step}{query}")


class QueryRefused(QueryError):
    """This question, with this key, will not be answered."""


class NotAnswered(QueryError):
    """There is no whole answer now; the same question may be answered later. Asking changes nothing."""

    def __init__(self, problem: Problem, retry_after: timedelta | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(problem)

    @classmethod
    def unreachable(cls, what: str) -> NotAnswered:
        """No answer that came from the gateway."""
        return cls(Problem("unreachable", "No answer", f"{what}.", "Ask again in some seconds.", 0))
