"""`lake bench bronze`: Kafka to Delta, beside the bare limit, run by run in turn."""

from collections.abc import Callable, Sequence
from statistics import median

from tidelake.bench.bronze import bare, ours
from tidelake.bench.bronze.dataset import PARTITIONS, BenchDataset
from tidelake.bench.bronze.figures import SideBySide, bronze_rows
from tidelake.bench.bronze.fill import fill
from tidelake.bench.bronze.ours import OurLake
from tidelake.bench.machine import load_average
from tidelake.bench.own_stack import own_stack
from tidelake.bench.rows import Row, row
from tidelake.local.memory import Cost
from tidelake.local.stack import Stack
from tidelake.local.watching import Watcher
from tidelake.runtime.shutdown import StopSignal
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.streams.values import TopicPartition

SIZES = {300: "300 B", 1000: "1 kB"}

OnRun = Callable[[int, SideBySide], None]


def measure_bronze(
    events: Sequence[bytes],
    megabytes: int,
    runs: int,
    *,
    watcher: Watcher,
    stop: StopSignal,
    on_run: OnRun,
) -> list[Row]:
    """One row per measure and size over all runs; each size's topic holds `megabytes` of payload. `on_run`
    hears of each run with its number, from 1.

    Raises BenchFailed, BenchInterrupted, and what starting a stack raises; nothing is left running.
    """
    load_before = load_average()
    with own_stack(watcher, stop, writers=1) as stack:
        for engine in ("gcs", "kafka"):
            stack.start(engine, watcher, stop)
        bootstrap = stack.lake.kafka_bootstrap_servers
        datasets = {
            size: fill(bootstrap, f"bench_{size}", events, size, megabytes * 1_000_000 // size, stop)
            for size in SIZES
        }
        idle = [OurLake.named(stack, f"idle-{nth}") for nth in range(min(runs, 3))]
        start_ups = [ours.start_up_cpu(lake, stop) for lake in idle]
        rows: list[Row] = []
        for size, dataset in datasets.items():
            taken: list[SideBySide] = []
            for nth in range(runs):
                taken.append(_side_by_side(stack, dataset, size, nth, median(start_ups), stop))
                on_run(nth + 1, taken[-1])
            rows += bronze_rows(SIZES[size], taken)
    return [
        *rows,
        row("CPU of the writer's start-up, taken off", "s", start_ups),
        row("load average before", "processes", [load_before]),
        row("load average at the end", "processes", [load_average()]),
    ]


def _side_by_side(
    stack: Stack, dataset: BenchDataset, size: int, nth: int, start_up: float, stop: StopSignal
) -> SideBySide:
    ends = _ends(stack, dataset.contract.topic)

    def our_side() -> Cost:
        return ours.drain(OurLake.named(stack, f"ours-{size}-{nth}"), dataset, ends, stop)

    def bare_side() -> Cost:
        return bare.drain(stack, dataset.contract.topic, ends, f"bare-{size}-{nth}", stop)

    # In turn, so that neither side always finds the machine as the other left it.
    if nth % 2:
        theirs, mine = bare_side(), our_side()
    else:
        mine, theirs = our_side(), bare_side()
    working = Cost(mine.pss_bytes, mine.cpu_seconds - start_up)
    return SideBySide(sum(ends.values()), size, working, theirs)


def _ends(stack: Stack, topic: str) -> dict[int, int]:
    partitions = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
    topics = KafkaTopics(stack.lake.kafka_bootstrap_servers, "lake-bench")
    return {tp.partition: end for tp, end in topics.last_stable_offsets(partitions).items()}
