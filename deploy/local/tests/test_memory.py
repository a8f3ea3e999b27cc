"""What a process costs."""

import os
import subprocess
import sys

from tidelake.local.memory import cost_of


def test_memory_and_processor_time_of_children_count() -> None:
    alone = cost_of(os.getpid())
    burn = "x = bytearray(50_000_000); sum(range(3_000_000)); print(); input()"
    command = [sys.executable, "-c", burn]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        together = cost_of(os.getpid())
        child.communicate(b"\n")
    assert alone
    assert together
    assert together.pss_bytes > alone.pss_bytes + 40_000_000
    assert together.cpu_seconds > alone.cpu_seconds


def test_a_process_that_is_gone_costs_nothing_that_could_be_told() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    assert cost_of(gone.pid) is None
