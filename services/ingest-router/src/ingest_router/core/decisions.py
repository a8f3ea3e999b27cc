"""What is to become of a record before Kafka is asked, and its receipt once Kafka has answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring

from tidelake.contracts import admission
from tidelake.contracts.broken_rules import BrokenRule
from tidelake.streams.producer import Delivered, Delivery, OutRecord
from tidelake.streams.values import Headers

from ingest_router.core.outcomes import (
    RULE_RECORD_TOO_LARGE,
    Accepted,
    NotTaken,
    Receipt,
    Refused,
    Unconfirmed,
)
from ingest_router.core.serving import ServedDataset


@dataclass(frozen=True, slots=True)
class Ready:
    """The record may go to Kafka."""

    index: int
    event_id: str
    retry_recognised: bool
    record: OutRecord


def decide(
    index: int,
    raw: bytes,
    given_id: str | None,
    served: ServedDataset,
    common: Headers,
    max_record_bytes: int,
) -> Ready | Refused:
    """Checks one record by its contract and the limit. `common` are the headers that its request shares."""
    if len(raw) > max_record_bytes:
        size = BrokenRule("", RULE_RECORD_TOO_LARGE, f"{len(raw)} bytes", f"at most {max_record_bytes} bytes")
        return Refused(index, (size,))
    verdict = served.door.admit(raw, given_id)
    if isinstance(verdict, admission.Refused):
        return Refused(index, verdict.problems)
    key = verdict.event_id.encode()
    headers = served.sealer.seal(common, key, verdict.event_time)
    record = OutRecord(served.topic, raw, key, headers)
    return Ready(index, verdict.event_id, verdict.retry_recognised, record)


def given_id(index: int, own: str | None, idempotency_key: str | None, producer: str) -> str | None:
    """The sender's name for one record of a request, by which the same request sent again is recognised.

    A key is its producer's own: ["terminals","load-7",0] is no other producer's id, whatever is in a name.
    """
    if own is not None or idempotency_key is None:
        return own
    return f"[{encode_basestring(producer)},{encode_basestring(idempotency_key)},{index}]"


def receipts(decisions: Sequence[Ready | Refused], deliveries: Sequence[Delivery]) -> tuple[Receipt, ...]:
    """One receipt per decision, in order. `deliveries` are Kafka's answers for the Ready ones, in order."""
    answers = iter(deliveries)
    return tuple(
        decision if isinstance(decision, Refused) else _receipt(decision, next(answers))
        for decision in decisions
    )


def _receipt(ready: Ready, delivery: Delivery) -> Receipt:
    if isinstance(delivery, Delivered):
        return Accepted(
            ready.index,
            ready.event_id,
            ready.retry_recognised,
            ready.record.topic,
            delivery.partition,
            delivery.offset,
        )
    if delivery.maybe_kept:
        return Unconfirmed(ready.index, ready.event_id, ready.retry_recognised)
    return NotTaken(ready.index, ready.event_id, ready.retry_recognised, delivery.reason)
