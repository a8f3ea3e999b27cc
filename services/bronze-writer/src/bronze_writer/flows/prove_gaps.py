"""Lets no range into bronze that the consumer may have skipped a record of."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from tidelake.streams.values import TopicPartition

from bronze_writer.core.pending import Claim
from bronze_writer.core.placing import gap_unproved
from bronze_writer.flows.ports import Ports
from bronze_writer.flows.stop_partition import stop_partition
from bronze_writer.flows.table_state import TableState

log = structlog.get_logger()


def prove_gaps(claims: Sequence[Claim], table: TableState, ports: Ports) -> list[Claim]:
    """The claims without a gap, or whose gaps a second reader found empty too. The others' partitions are
    read again from where the table stands.

    Raises BrokerUnavailable: nothing was proved, and all of it stays pending.
    """
    gaps = {TopicPartition(claim.topic, claim.source.partition): claim.gaps for claim in claims if claim.gaps}
    if not gaps:
        return list(claims)
    unproved = ports.gap_prover.unproved(gaps)
    for at, found in gaps.items():
        assignment = table.assignments[at]
        if at in unproved:
            assignment.pending = None
            stop_partition(assignment, gap_unproved(unproved[at]), ports)
        elif assignment.pending is not None:
            assignment.pending.prove(found)
    ports.metrics.outcome(table.dataset.table_path, "gap_unproved", len(unproved))
    return [claim for claim in claims if TopicPartition(claim.topic, claim.source.partition) not in unproved]
