"""Asks a process what it uses, by its /metrics."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError, Transient

from monitor.core.usage import ProcessLook

_TIMEOUT_S = 3.0
_CPU, _MEMORY, _NAMES = "process_cpu_time_seconds_total", "process_memory_usage_bytes", "target_info"


class ProcessSilent(LakeError, Transient):
    """A process did not say what it uses."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} does not answer: {reason}. See ./lake status and the process' log.")


class ProcessReader:
    """Reads /metrics. Any thread may call it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # A proxy of the environment's has no part in this.
        self._client = httpx.Client(timeout=_TIMEOUT_S, trust_env=False)

    def look(self, url: str) -> ProcessLook:
        """Raises ProcessSilent."""
        try:
            answer = self._client.get(url)
            answer.raise_for_status()
            return read_metrics(answer.text, self._clock.monotonic())
        except (httpx.HTTPError, ValueError) as failed:
            raise ProcessSilent(url, str(failed) or type(failed).__name__) from failed

    def close(self) -> None:
        self._client.close()


def read_metrics(text: str, at: float) -> ProcessLook:
    """Out of Prometheus' text. Raises ValueError if it is none, or says nothing of a process of the lake."""
    cpu, memory, names = 0.0, None, dict[str, str]()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == _CPU:
                cpu += sample.value
            elif sample.name == _MEMORY:
                memory = round(sample.value)
            elif sample.name == _NAMES:
                names = dict(sample.labels)
    if memory is None or "service_name" not in names:
        raise ValueError(f"there is no {_MEMORY} or no {_NAMES}: it is no service of the lake")
    return ProcessLook(names["service_name"], names.get("service_instance_id", ""), cpu, memory, at)
