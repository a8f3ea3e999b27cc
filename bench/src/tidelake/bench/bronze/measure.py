"""`lake bench bronze`: Kafka to Delta, beside the bare limit, run by run in turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tidelake.bench.bronze import bare, ours
from tidelake.bench.bronze.dataset import PARTITIONS, BenchDataset
from tidelake.bench.bronze.figures import SideBySide, bronze_rows
from tidelake.bench.bronze.fill import fill
from tidelake.bench.machine import load_average
from tidelake.bench.own_stack import own_stack
from tidelake.bench.rows import Row, row
from tidelake.local.memory import Cost
from tidelake.local.parts import ROAD_ALONE
from tidelake.local.stack import Stack
from tidelake.local.watching import Watcher
from tidelake.runtime.shutdown import StopSignal
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.streams.values import TopicPartition


@dataclass(frozen=True, slots=True)
class Payload:
    """What a topic is filled with."""

    name: str
    size: int  # bytes
    share: float  # of the records that are asked for


PAYLOADS = (Payload("300 B", 300, 1.0), Payload("1 kB", 1000, 0.5))

OnRun = Callable[[int, SideBySide], None]


def measure_bronze(
    events: Sequence[bytes],
    records: int,
    runs: int,
    *,
    watcher: Watcher,
    stop: StopSignal,
    on_run: OnRun,
) -> list[Row]:
    """One row per measure and payload over all runs; `records` in each run with small payloads, half as many
    with large ones. `on_run` hears of each run with its number, from 1.

    Raises BenchFailed, BenchInterrupted, and what starting a stack raises; nothing is left running.
    """
    load_before = load_average()
    with own_stack(watcher, stop, writers=1, parts=ROAD_ALONE) as stack:
        for engine in ("gcs", "kafka"):
            stack.start(engine, watcher, stop)
        rows: list[Row] = []
        for payload in PAYLOADS:
            topic = FilledTopic.make(stack, payload, events, round(records * payload.share), stop)
            taken: list[SideBySide] = []
            for nth in range(runs):
                taken.append(_side_by_side(stack, topic, nth, stop))
                on_run(nth + 1, taken[-1])
            rows += bronze_rows(payload.name, taken)
    return [
        *rows,
        row("load average before", "processes", [load_before]),
        row("load average at the end", "processes", [load_average()]),
    ]


@dataclass(frozen=True, slots=True)
class FilledTopic:
    """A dataset whose topic holds all records of a run."""

    dataset: BenchDataset
    payload: Payload
    ends: dict[int, int]  # by partition

    @classmethod
    def make(
        cls, stack: Stack, payload: Payload, events: Sequence[bytes], records: int, stop: StopSignal
    ) -> "FilledTopic":
        """A new one. Raises BenchFailed, BenchInterrupted."""
        bootstrap = stack.lake.kafka_bootstrap_servers
        dataset = fill(bootstrap, f"bench_{payload.size}", events, payload.size, records, stop)
        partitions = [TopicPartition(dataset.contract.topic, partition) for partition in range(PARTITIONS)]
        ends = KafkaTopics(bootstrap, "lake-bench").last_stable_offsets(partitions)
        return cls(dataset, payload, {tp.partition: end for tp, end in ends.items()})


def _side_by_side(stack: Stack, topic: FilledTopic, nth: int, stop: StopSignal) -> SideBySide:
    def our_side() -> ours.Drained:
        lake = ours.OurLake.named(stack, f"ours-{topic.payload.size}-{nth}")
        return ours.drain(lake, topic.dataset, topic.ends, stop)

    def bare_side() -> Cost:
        folder = f"bare-{topic.payload.size}-{nth}"
        return bare.drain(stack, topic.dataset.contract.topic, topic.ends, folder, stop)

    # In turn, so that neither side always finds the machine as the other left it.
    if nth % 2:
        theirs, mine = bare_side(), our_side()
    else:
        mine, theirs = our_side(), bare_side()
    records = sum(topic.ends.values())
    return SideBySide(records, topic.payload.size, mine.start_up_cpu_s, mine.cost, theirs)
