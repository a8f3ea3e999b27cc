"""Spark, Trino and deltalake read the same rows of every table, after each kind of commit and of an
earlier version too."""

from __future__ import annotations

import base64
import json
import multiprocessing
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
from delta.tables import DeltaTable as SparkDelta
from deltalake import DeltaTable
from py4j.protocol import Py4JError  # type: ignore[reportMissingTypeStubs]
from pyspark.errors.exceptions.base import PySparkException
from silver_processor.on_spark import SilverLab, trip
from silver_processor.outbound.spark import SparkLimits, SparkStart, spark_options, spark_session
from silver_processor.outbound.spark_errors import told
from tidelake.local.cache import cache_folder
from tidelake.local.fetching import ArtifactCache
from tidelake.local.home import Home
from tidelake.local.maven import MavenRepository
from tidelake.local.ports import StackPorts, free_offset
from tidelake.local.spark_install import install_spark
from tidelake.local.stack import Stack
from tidelake.local.trino_query import ask
from tidelake.tables.delta_checksum import checksum
from tidelake.tables.storage import LakeStorage

pytestmark = [pytest.mark.system, pytest.mark.query_layer, pytest.mark.timeout(900)]

Rows = list[tuple[Any, ...]]
Act = Callable[[SilverLab], object]
TABLES = ("bronze", "silver", "outcomes")

_lab: SilverLab
"""In Spark's process: its lake."""
_until_the_end = ExitStack()


def open_lab(storage: LakeStorage, scratch: Path) -> None:
    """Starts Spark in the process that this runs in; it lives as long as that."""
    global _lab
    cache = cache_folder()
    install = install_spark(cache, ArtifactCache(cache, MavenRepository.from_environ()))
    options = {
        **spark_options(storage, scratch, SparkLimits("700m", 1)),
        # A table of a minute's age is vacuumed here.
        "spark.databricks.delta.retentionDurationCheck.enabled": "false",
        # VACUUM lists a table by so many tasks: 10,000 if it is not told otherwise.
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
    }
    start = SparkStart(install.java_home, install.spark_home, install.java_options)
    session = _until_the_end.enter_context(spark_session(options, start))
    _lab = SilverLab(session, storage)


def lab_storage() -> tuple[LakeStorage, dict[str, str]]:
    """The lab's storage and its tables' paths."""
    contract = _lab.contract
    paths = (contract.bronze_path, contract.silver_path, contract.outcomes_path)
    return _lab.storage, dict(zip(TABLES, paths, strict=True))


def act(does: Act) -> None:
    try:
        does(_lab)
    except (PySparkException, Py4JError) as error:  # they can't be sent from one process to another
        raise AssertionError(told(error)) from None


def read_by_spark(uri: str, version: int | None) -> Rows:
    reader = _lab.session.read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    return comparable(reader.load(uri).toArrow())


def append(lab: SilverLab) -> None:
    """A commit of each table, as the services make them: two events, a repeat, a row that breaks a rule."""
    number = len(lab.bronze)
    values = [trip(number), trip(number + 1), trip(number), trip(number + 3, place="nowhere"), None]
    rows = lab.rows(values)
    del lab.bronze[number:]
    lab.append(values)
    lab.take(rows)


def compact(lab: SilverLab) -> None:
    """As the services do it."""
    lab.bronze_table.compact(2**20)
    for path in (lab.contract.silver_path, lab.contract.outcomes_path):
        assert lab.table(path).compact(2).files_removed > 1


def merge(lab: SilverLab) -> None:
    """Corrects a row of silver and adds one."""
    table = SparkDelta.forPath(lab.session, lab.storage.uri(lab.contract.silver_path))
    target = table.toDF()
    first = target.limit(1).collect()[0].asDict()
    changed, new = {**first, "place": "LGA"}, {**first, "id": 1_000_000}
    source = cast("Any", lab.session).createDataFrame([changed, new], target.schema)
    changes: Any = table.alias("old").merge(source.alias("new"), "old.id = new.id")
    changes.whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()


def of_each(statement: str) -> Act:
    """Spark's statement, for each table."""

    def run(lab: SilverLab) -> None:
        for path in (lab.contract.bronze_path, lab.contract.silver_path, lab.contract.outcomes_path):
            cast("Any", lab.session).sql(statement.format(f"delta.`{lab.storage.uri(path)}`"))

    return run


def optimize(lab: SilverLab) -> None:
    of_each("OPTIMIZE {0}")(lab)


def vacuum(lab: SilverLab) -> None:
    of_each("VACUUM {0} RETAIN 0 HOURS")(lab)


def checkpoint(lab: SilverLab) -> None:
    for path in (lab.contract.bronze_path, lab.contract.silver_path, lab.contract.outcomes_path):
        DeltaTable(lab.storage.uri(path), storage_options=lab.storage.delta_options()).create_checkpoint()


def comparable(table: pa.Table) -> Rows:
    """Rows in an order that no engine decides, of columns in the order of their names."""
    table = table.select(sorted(table.column_names))
    rows = [tuple(plain(value) for value in row.values()) for row in table.to_pylist()]
    return sorted(rows, key=repr)


def plain(value: Any) -> Any:
    """As Trino's protocol writes it."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03} UTC"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return [plain(each) for each in cast("dict[str, Any]", value).values()]
    if isinstance(value, list):
        return [plain(each) for each in cast("list[Any]", value)]
    return value


class Engines:
    """The same tables, by three engines."""

    def __init__(self, stack: Stack, spark: ProcessPoolExecutor) -> None:
        self.stack = stack
        self._spark = spark
        self.storage, self.paths = spark.submit(lab_storage).result()

    def act(self, does: Act) -> None:
        """In Spark's process."""
        self._spark.submit(act, does).result()

    def register(self) -> None:
        login = self.stack.trino
        ask(login, f"create schema lake.engines with (location = '{self.storage.uri('engines')}')")
        for table, path in self.paths.items():
            ask(
                login,
                "call lake.system.register_table(schema_name => 'engines', "
                f"table_name => '{table}', table_location => '{self.storage.uri(path)}')",
            )

    def deltalake(self, table: str, version: int | None = None) -> DeltaTable:
        uri = self.storage.uri(self.paths[table])
        return DeltaTable(uri, version=version, storage_options=self.storage.delta_options())

    def readings(self, table: str, version: int | None = None) -> Sequence[Rows]:
        """What Spark, Trino and deltalake read."""
        delta = self.deltalake(table, version).to_pyarrow_table()
        of = "" if version is None else f" for version as of {version}"
        columns = ", ".join(f'"{name}"' for name in sorted(delta.column_names))
        trino = ask(self.stack.trino, f"select {columns} from lake.engines.{table}{of}")
        uri = self.storage.uri(self.paths[table])
        return (
            self._spark.submit(read_by_spark, uri, version).result(),
            sorted((tuple(row) for row in trino), key=repr),
            comparable(delta),
        )


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Generator[Engines]:
    folder = tmp_path_factory.mktemp("engines")
    stack = Stack(Home(folder / "home"), StackPorts().moved(free_offset()))
    # A process of its own: one process has one Spark session, and other tests have theirs.
    context = multiprocessing.get_context("spawn")
    patch = pytest.MonkeyPatch()
    cast("Any", patch).syspath_prepend(Path(__file__).parents[2])  # where that process finds this module
    try:
        stack.start("gcs")
        storage = LakeStorage(stack.lake.lake_root, stack.lake.service_account)
        with ProcessPoolExecutor(1, context, open_lab, (storage, folder / "spark")) as spark:
            for name in ("postgres", "metastore", "trino"):
                stack.start(name)
            engines = Engines(stack, spark)
            engines.act(append)
            engines.register()
            yield engines
    finally:
        patch.undo()
        stack.down()


def assert_agree(engines: Engines, table: str, version: int | None = None) -> Rows:
    spark, trino, delta = engines.readings(table, version)
    assert spark == delta, (table, version)
    assert trino == delta, (table, version)
    return delta


COMMITS: Sequence[tuple[Act, ...]] = [
    (append, append),
    (compact,),
    (merge,),
    (append, optimize),
    (checkpoint, append),
]


def test_three_engines_read_the_same_rows_after_each_kind_of_commit(engines: Engines) -> None:
    read: dict[tuple[str, int], Rows] = {}
    for commits in COMMITS:
        for does in commits:
            engines.act(does)
        for table in TABLES:
            version = engines.deltalake(table).version()
            if (table, version) not in read:  # else the commit was another table's
                read[table, version] = assert_agree(engines, table)
    assert len(read[max(at for at in read if at[0] == "silver")]) == 2 * 5 + 1
    # Now that a checkpoint stands between: what was read then is what is read of then.
    for table in TABLES:
        oldest = min(version for name, version in read if name == table)
        assert assert_agree(engines, table, oldest) == read[table, oldest]
    engines.act(optimize)
    engines.act(vacuum)
    for table in TABLES:
        newest = max(version for name, version in read if name == table)
        assert assert_agree(engines, table) == read[table, newest]


def test_a_checksum_of_ours_is_what_spark_would_write(engines: Engines) -> None:
    engines.act(append)
    engines.act(optimize)
    for table in TABLES:
        delta = engines.deltalake(table)
        entry = f"{engines.paths[table]}/_delta_log/{delta.version():020d}.crc"
        by_spark = json.loads((engines.storage.objects().read(entry) or pytest.fail(entry)).content)
        by_us = json.loads(checksum(delta))
        for said in (by_spark, by_us):
            said["metadata"]["schemaString"] = json.loads(said["metadata"]["schemaString"])
        assert by_us == {name: by_spark[name] for name in by_us}, table
