"""Looks at what each process uses."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.core.usage import ProcessLook, ProcessUsage, usage
from monitor.flows.ports import Processes
from monitor.outbound.process_reader import ProcessSilent


class ProcessLooks:
    """One look after another at the same end points, by the processes' names. For one thread."""

    def __init__(self, processes: Processes, endpoints: Mapping[str, str]) -> None:
        self._processes = processes
        self._endpoints = endpoints
        self._before: dict[str, ProcessLook] = {}

    def look(self) -> tuple[ProcessUsage, ...]:
        """In the order of the setting. One that does not answer keeps none of the others back."""
        found: list[ProcessUsage] = []
        for name, url in self._endpoints.items():
            before = self._before.get(url)
            try:
                look = self._processes.look(url)
            except ProcessSilent as silent:
                found.append(usage(name, None, before, str(silent)))
            else:
                found.append(usage(name, look, before))
                self._before[url] = look
        return tuple(found)
