"""Outcomes and problems as gRPC messages."""

from __future__ import annotations

from google.protobuf import any_pb2
from google.rpc import status_pb2  # pyright: ignore[reportMissingTypeStubs]

from ingest_router.core.outcomes import Accepted, NotTaken, Outcome, Receipt, Refused
from ingest_router.generated import ingest_pb2 as pb
from ingest_router.inbound.problems import Problem

# Trailing metadata is a header block: clients and proxies take 8 KiB of it by default.
_MAX_DETAIL_BYTES = 4 * 1024


def outcome_message(outcome: Outcome) -> pb.PublishResponse:
    """All counts and all receipts."""
    return pb.PublishResponse(
        dataset=outcome.dataset,
        version=str(outcome.version),
        received=outcome.received,
        accepted=outcome.accepted,
        refused=outcome.refused,
        not_taken=outcome.not_taken,
        unconfirmed=outcome.unconfirmed,
        receipts=[_receipt(receipt) for receipt in outcome.receipts],
    )


def problem_message(problem: Problem, outcome: Outcome | None) -> pb.Problem:
    """The problem with all receipts, if there are any."""
    return pb.Problem(
        type=problem.kind,
        title=problem.title,
        detail=problem.detail,
        next_step=problem.next_step,
        retry_after_seconds=problem.retry_after_s,
        outcome=None if outcome is None else outcome_message(outcome),
    )


def status_details(problem: Problem, outcome: Outcome | None) -> bytes:
    """google.rpc.Status as trailing metadata takes it: with the first receipts, as many as fit."""
    message = problem_message(problem, outcome)
    while len(message.outcome.receipts) > 0 and message.ByteSize() > _MAX_DETAIL_BYTES:
        del message.outcome.receipts[len(message.outcome.receipts) // 2 :]
    packed = any_pb2.Any()
    packed.Pack(message)
    code: int = problem.grpc_code.value[0]
    text = f"{problem.detail} {problem.next_step}"
    return status_pb2.Status(code=code, message=text, details=[packed]).SerializeToString()


def _receipt(receipt: Receipt) -> pb.Receipt:
    if isinstance(receipt, Accepted):
        accepted = pb.Accepted(
            event_id=receipt.event_id,
            topic=receipt.topic,
            partition=receipt.partition,
            offset=receipt.offset,
            retry_recognised=receipt.retry_recognised,
        )
        return pb.Receipt(index=receipt.index, accepted=accepted)
    if isinstance(receipt, Refused):
        rules = [
            pb.BrokenRule(field=rule.field, rule=rule.rule, value=rule.value, expected=rule.expected)
            for rule in receipt.broken_rules
        ]
        return pb.Receipt(index=receipt.index, refused=pb.Refused(broken_rules=rules))
    event_id, recognised = receipt.event_id, receipt.retry_recognised
    if isinstance(receipt, NotTaken):
        left = pb.NotTaken(event_id=event_id, retry_recognised=recognised, cause=receipt.cause)
        return pb.Receipt(index=receipt.index, not_taken=left)
    maybe = pb.Unconfirmed(event_id=event_id, retry_recognised=recognised)
    return pb.Receipt(index=receipt.index, unconfirmed=maybe)
