"""The other side: the bare limit, as a process of its own on the same topic and the same store."""

from collections.abc import Mapping
from datetime import timedelta

from tidelake.bench.bronze.bare_process import Result, Task
from tidelake.bench.child import bench_child
from tidelake.bench.costs import Meter
from tidelake.bench.errors import BenchFailed
from tidelake.local.memory import Cost
from tidelake.local.stack import Stack
from tidelake.runtime.shutdown import StopSignal

_WITHIN = timedelta(minutes=5)
_FILE_BYTES = 32 * 1024 * 1024  # as much as a writer commits at once


def drain(stack: Stack, topic: str, ends: Mapping[int, int], folder: str, stop: StopSignal) -> Cost:
    """What it costs from its first record to its last file. Raises BenchFailed, BenchInterrupted."""
    task = Task(
        bootstrap=stack.lake.kafka_bootstrap_servers,
        topic=topic,
        ends=dict(ends),
        lake_root=f"{stack.lake.lake_root}/{folder}",
        service_account=str(stack.lake.service_account),
        file_bytes=_FILE_BYTES,
    )
    with bench_child("tidelake.bench.bronze.bare_process", task, Result, stack.home.root) as child:
        meter = Meter({"bare limit": child.pid})
        result = child.result(_WITHIN, stop, meter.glance)
    if result.records != sum(ends.values()):
        raise BenchFailed(
            f"The bare limit wrote {result.records} of {sum(ends.values())} records.", "Report it."
        )
    return Cost(meter.largest_pss("bare limit"), result.cpu_seconds)
