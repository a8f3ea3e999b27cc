"""`lake bench silver`: rows a CPU second, ours and the plain job's in turn, on one bronze table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from deltalake import DeltaTable
from tidelake.bench.child import bench_child
from tidelake.bench.errors import BenchFailed
from tidelake.bench.machine import load_average
from tidelake.bench.own_stack import own_stack
from tidelake.bench.rows import Row, row
from tidelake.bench.silver.bronze import ROWS_A_COMMIT, TOPIC_ID, Expected, fill_bronze
from tidelake.bench.silver.metering import BatchMeter, Spent
from tidelake.bench.silver.plain_process import Result, Task
from tidelake.bench.waiting import pause, wait_for
from tidelake.contracts.bindings import TopicBinding, bind_topic
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.publishing import publish
from tidelake.local.cache import cache_folder
from tidelake.local.fetching import ArtifactCache
from tidelake.local.internal_topics import make_internal_topics
from tidelake.local.maven import MavenRepository
from tidelake.local.parts import ROAD_ALONE
from tidelake.local.program import Port, Program
from tidelake.local.running import running
from tidelake.local.services import LakeAddress, SilverProcessor
from tidelake.local.spark_install import SparkInstall, install_spark
from tidelake.local.stack import Stack
from tidelake.local.watching import Watcher
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.storage import LakeStorage

PEER = "foreachBatch and MERGE, as Delta's documentation has it"

_WITHIN = timedelta(minutes=10)
_LOOK_EVERY = timedelta(seconds=0.25)
_SETTLES_S = 3.0
"""Between a process that is ready and the first thing it is given."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How much a micro-batch takes, and how many there are."""

    files: int  # of ROWS_A_COMMIT rows each
    warm_up: int  # batches that don't count
    counted: int

    @property
    def rows(self) -> int:
        """Of a batch."""
        return self.files * ROWS_A_COMMIT

    @property
    def commits(self) -> int:
        """Of bronze, for all batches."""
        return self.files * (self.warm_up + self.counted)


SHAPES = (Shape(1, 10, 20), Shape(10, 3, 5))
"""As at 1,000 events a second, and as one catches up."""


@dataclass(frozen=True, slots=True)
class SilverRun:
    """One run of both sides over the same bronze."""

    shape: Shape
    ours: Spent
    plain: Spent


def measure_silver(
    text: str,
    events: Sequence[bytes],
    runs: int,
    *,
    watcher: Watcher,
    stop: StopSignal,
    on_run: Callable[[int, SilverRun], None],
) -> list[Row]:
    """One row per measure and shape over all runs. `text`: the contract of the flights; `events`: enough of
    them for the largest shape. `on_run` hears of each run with its number, from 1.

    Raises BenchFailed, BenchInterrupted, and what starting a stack raises; nothing is left running.
    """
    contract = parse_contract(text, "flights")
    cache = cache_folder()
    artifacts = ArtifactCache(cache, MavenRepository.from_environ())
    install = install_spark(cache, artifacts, watcher, lambda: stop.requested)
    load_before = load_average()
    rows: list[Row] = []
    with own_stack(watcher, stop, writers=1, parts=ROAD_ALONE) as stack:
        for engine in ("gcs", "kafka"):
            stack.start(engine, watcher, stop)
        make_internal_topics(stack.lake.kafka_bootstrap_servers)
        for shape in SHAPES:
            taken: list[SilverRun] = []
            for nth in range(runs):
                root = f"{stack.lake.lake_root}/{shape.rows}-{nth}"
                address = replace(stack.lake, lake_root=root)
                lake = _Lake(stack, address, contract, text, shape, install, stop, watcher)
                taken.append(lake.side_by_side(events, ours_first=nth % 2 == 0))
                on_run(nth + 1, taken[-1])
            rows += _rows(shape, taken)
    return [
        *rows,
        row("load average before", "processes", [load_before]),
        row("load average at the end", "processes", [load_average()]),
    ]


@dataclass(frozen=True, slots=True)
class _Lake:
    """One lake in the stack's bucket, apart from all others, with a bronze that both sides read."""

    stack: Stack
    address: LakeAddress
    contract: Contract
    text: str
    shape: Shape
    install: SparkInstall
    stop: StopSignal
    watcher: Watcher

    @property
    def storage(self) -> LakeStorage:
        """Its store."""
        return LakeStorage(self.address.lake_root, self.address.service_account)

    def side_by_side(self, events: Sequence[bytes], *, ours_first: bool) -> SilverRun:
        """Fills bronze and has both sides read it. Raises BenchFailed, BenchInterrupted."""
        self.watcher.starting("bronze")
        expected = fill_bronze(self.storage, self.contract, events, self.shape.commits)
        self.watcher.stopped("bronze", orderly=True)
        if ours_first:
            ours = self._ours(expected)
            plain = self._plain(expected)
        else:
            plain = self._plain(expected)
            ours = self._ours(expected)
        return SilverRun(self.shape, ours, plain)

    def _ours(self, expected: Expected) -> Spent:
        """A real silver-processor, from when it has the contract on."""
        objects, contract = self.storage.objects(), self.contract
        engine = _Paced(
            SilverProcessor(self.stack.home, self.address, 1, self.stack.ports.silver, lambda: self.install),
            self.shape.files,
        )
        with running(engine, self.stack.home) as child:
            pause(_SETTLES_S, self.stop)
            bind_topic(objects, contract.dataset, contract.major, TopicBinding(contract.topic, TOPIC_ID))
            publish(objects, contract, self.text.encode(), json_schema=b"{}")
            checkpoint = f"checkpoints/silver-processor/{contract.silver_path}"
            meter = self._meter(checkpoint, child.record.pid, "silver-processor")
            wait_for(
                lambda: meter.look() is not None,
                "silver with every row",
                self.stop,
                within=_WITHIN,
                every=_LOOK_EVERY,
            )
        self.watcher.stopped("silver-processor", orderly=True)
        found = self._rows(contract.silver_path), self._rows(contract.outcomes_path)
        wanted = expected.inserted, expected.duplicates + expected.quarantined
        if found != wanted:
            raise BenchFailed(
                f"Silver and outcomes have {found} rows, not {wanted}.", "Report it as a fault."
            )
        spent = meter.look()
        assert spent is not None
        return spent

    def _plain(self, expected: Expected) -> Spent:
        storage = self.storage
        task = Task(
            bronze=storage.uri(self.contract.bronze_path),
            silver=storage.uri("plain/silver"),
            quarantine=storage.uri("plain/quarantine"),
            checkpoint=storage.uri("plain/checkpoint"),
            files_a_batch=self.shape.files,
            options=plain_options(storage, self.install),
            java_home=str(self.install.java_home),
        )
        module = "tidelake.bench.silver.plain_process"
        with bench_child(module, task, Result, self.stack.home.root) as child:
            meter = self._meter("plain/checkpoint", child.pid, "plain")
            done = child.result(_WITHIN, self.stop, meter.look)
        self.watcher.stopped("plain", orderly=True)
        if (done.inserted, done.quarantined) != (expected.inserted, expected.quarantined):
            raise BenchFailed(f"The plain job wrote {done}, not {expected}.", "Report it.")
        if (spent := meter.look()) is None:
            raise BenchFailed("The plain job ended before it was measured.", "Report it.")
        return spent

    def _meter(self, checkpoint: str, pid: int, name: str) -> BatchMeter:
        shape = self.shape
        total = shape.warm_up + shape.counted
        told = partial(self.watcher.doing, name)
        return BatchMeter(self.storage.objects(), checkpoint, pid, name, shape.warm_up, total, told)

    def _rows(self, path: str) -> int:
        storage = self.storage
        return DeltaTable(storage.uri(path), storage_options=storage.delta_options()).count()


@dataclass(frozen=True, slots=True)
class _Paced:
    """A silver-processor that takes so many files a batch."""

    engine: SilverProcessor
    files: int

    @property
    def name(self) -> str:
        return self.engine.name

    @property
    def ports(self) -> Sequence[Port]:
        return self.engine.ports

    def prepare(self) -> Program:
        """As the stack's own, but for the setting."""
        program = self.engine.prepare()
        told = {**program.environ, "SILVER_PROCESSOR_MAX_FILES_PER_BATCH": str(self.files)}
        return replace(program, environ=told)

    def unready(self) -> str | None:
        """As the stack's own."""
        return self.engine.unready()


def plain_options(storage: LakeStorage, install: SparkInstall) -> dict[str, str]:
    """Spark's own defaults, but for what the job needs, as much memory as ours has, and as many partitions as
    cores where the defaults (200 of a shuffle, 50 of Delta's log) would be a straw man."""
    return {
        "spark.master": "local[2]",
        "spark.driver.memory": "1152m",
        "spark.jars": ",".join(map(str, install.jars)),
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.databricks.delta.snapshotPartitions": "2",
        **{f"spark.hadoop.{name}": value for name, value in storage.hadoop_options().items()},
    }


def _rows(shape: Shape, runs: Sequence[SilverRun]) -> list[Row]:
    def compared(measure: str, unit: str, figure: Callable[[Spent], float]) -> Row:
        mine, theirs = [figure(run.ours) for run in runs], [figure(run.plain) for run in runs]
        return row(f"{shape.rows:,} rows a batch: {measure}", unit, mine, PEER, theirs)

    return [
        compared("rows a CPU second", "rows", lambda spent: rows_a_cpu_second(shape, spent)),
        compared("CPU of a batch", "s", lambda spent: spent.cost.cpu_seconds / spent.batches),
        compared("largest PSS", "MB", lambda spent: spent.cost.pss_bytes / 1e6),
    ]


def rows_a_cpu_second(shape: Shape, spent: Spent) -> float:
    """Of the batches that count."""
    return spent.batches * shape.rows / spent.cost.cpu_seconds
