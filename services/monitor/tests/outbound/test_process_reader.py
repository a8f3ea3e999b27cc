"""What a process uses is read from its own figures."""

import pytest
from monitor.core.usage import ProcessLook, usage
from monitor.outbound.process_reader import read_metrics
from tidelake.runtime.telemetry import start_telemetry


def test_what_our_own_telemetry_writes_is_understood() -> None:
    with start_telemetry("bronze-writer", "1", "bronze-writer-1") as telemetry:
        look = read_metrics(telemetry.prometheus_text().decode(), 5.0)
    assert (look.service, look.instance, look.at) == ("bronze-writer", "bronze-writer-1", 5.0)
    assert look.cpu_seconds > 0
    assert look.memory_bytes > 10_000_000


def test_another_page_is_none_of_a_process_of_the_lake() -> None:
    with pytest.raises(ValueError, match="no service of the lake"):
        read_metrics("# HELP x y\nx 1\n", 0.0)


def look(cpu: float, at: float, instance: str = "one") -> ProcessLook:
    return ProcessLook("s", instance, cpu, 1000, at)


def test_cores_are_told_from_two_looks_at_the_same_process() -> None:
    assert usage("e", look(10, 0), None).cpu_cores is None
    assert usage("e", look(11, 4), look(10, 0)).cpu_cores == 0.25
    assert usage("e", look(1, 4), look(10, 0)).cpu_cores is None, "it was started anew"
    assert usage("e", look(11, 4, "two"), look(10, 0)).cpu_cores is None


def test_one_that_is_silent_keeps_its_name_and_loses_its_figures() -> None:
    silent = usage("e", None, look(10, 0), "refused")
    assert (silent.service, silent.answers, silent.memory_bytes, silent.reason) == (
        "s",
        False,
        None,
        "refused",
    )
    assert usage("e", None, None, "refused").instance == "e"
