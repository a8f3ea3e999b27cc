"""What a process uses, from two looks at its own figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProcessLook:
    """What /metrics of one process said."""

    service: str
    instance: str
    cpu_seconds: float  # since its start
    memory_bytes: int  # resident
    at: float  # seconds on the monitor's clock


@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """One process now."""

    service: str
    instance: str
    endpoint: str  # that was asked
    answers: bool
    reason: str  # why it does not
    cpu_cores: float | None  # None before the second look, and where it started anew
    memory_bytes: int | None


def usage(
    endpoint: str, look: ProcessLook | None, before: ProcessLook | None, reason: str = ""
) -> ProcessUsage:
    """`before`: the look before this one. A process that does not answer keeps its name and loses its
    figures."""
    if look is None:
        service, instance = (before.service, before.instance) if before else ("", endpoint)
        return ProcessUsage(service, instance, endpoint, False, reason, None, None)
    cores = None
    same = before is not None and before.instance == look.instance
    if before is not None and same and before.at < look.at and before.cpu_seconds <= look.cpu_seconds:
        cores = (look.cpu_seconds - before.cpu_seconds) / (look.at - before.at)
    return ProcessUsage(look.service, look.instance, endpoint, True, "", cores, look.memory_bytes)
