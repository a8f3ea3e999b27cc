"""What processes cost."""

import os
import subprocess
import sys

import pytest
from tidelake.bench.costs import Meter
from tidelake.bench.errors import BenchFailed


def _burn(seconds: float) -> None:
    began = sum(os.times()[:2])
    while sum(os.times()[:2]) - began < seconds:
        pass


def test_processor_time_counts_from_the_meter_on() -> None:
    _burn(0.05)
    meter = Meter({"this": os.getpid()})

    _burn(0.1)

    assert 0.05 <= meter.look()["this"].cpu_seconds < 5


def test_memory_is_the_most_that_was_seen() -> None:
    meter = Meter({"this": os.getpid()})
    held = bytearray(os.urandom(1024)) * 40_000
    meter.glance()
    with_it = meter.largest_pss("this")
    del held

    assert meter.look()["this"].pss_bytes >= with_it > 40_000_000


def test_a_process_that_is_gone_ends_the_bench_but_not_a_glance() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    meter = Meter({"gone": process.pid})
    process.communicate(b"\n")

    meter.glance()

    with pytest.raises(BenchFailed, match="gone ended"):
        meter.look()
    with pytest.raises(BenchFailed, match="gone ended"):
        Meter({"gone": process.pid})
