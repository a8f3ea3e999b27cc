"""Lets a partition stand still, and says so in every way there is."""

from __future__ import annotations

import structlog

from bronze_writer.core.placing import Stop
from bronze_writer.flows.ports import Ports
from bronze_writer.flows.table_state import Assignment

log = structlog.get_logger()


def wait_for_place(assignment: Assignment, ports: Ports, delay: float = 0.0) -> None:
    """Reading ends, and begins again where the table's token will be found to stand. What is pending is
    kept; whoever does not want it committed has dropped it."""
    ports.consumer.pause([assignment.at])
    assignment.reading = False
    assignment.held = False
    assignment.place_at = ports.clock.monotonic() + delay


def stop_partition(assignment: Assignment, stop: Stop, ports: Ports) -> None:
    """It is looked at again every few seconds, and goes on by itself once the reason is gone."""
    at = assignment.at
    wait_for_place(assignment, ports, ports.limits.look_again_after.total_seconds())
    ports.health.set(f"partition {at}", False, stop.text)
    ports.metrics.stopped(at, stop.reason)
    if assignment.stop is None or assignment.stop.reason is not stop.reason:
        log.error(
            "partition_stopped",
            topic=at.topic,
            partition=at.partition,
            reason=stop.reason.value,
            text=stop.text,
        )
    assignment.stop = stop


def goes_on(assignment: Assignment, ports: Ports) -> None:
    """It is read (again)."""
    at = assignment.at
    if assignment.stop is not None:
        log.info("partition_goes_on", topic=at.topic, partition=at.partition)
        ports.health.forget(f"partition {at}")
    ports.metrics.runs(at)
    assignment.stop = None
    assignment.reading = True
