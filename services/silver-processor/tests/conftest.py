"""One Spark session a test process, contracts, and rows of bronze for both."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from silver_processor.outbound.spark import SparkLimits, SparkStart, spark_options, spark_session
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.local.cache import cache_folder
from tidelake.local.fetching import ArtifactCache
from tidelake.local.maven import MavenRepository
from tidelake.local.spark_install import install_spark
from tidelake.tables.bronze import BRONZE_SCHEMA
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.gcs_fixture import Emulator, running_emulator

CHECKOUT = Path(__file__).parents[3]
EXAMPLES = CHECKOUT / "libs/contracts/examples"
BronzeOf = Callable[[Sequence[bytes | None]], DataFrame]

_WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Generator[Emulator]:
    with running_emulator(tmp_path_factory.mktemp("gcs")) as running:
        yield running


@pytest.fixture(scope="session")
def storage(emulator: Emulator) -> LakeStorage:
    return LakeStorage(emulator.lake_root, emulator.service_account_path)


@pytest.fixture(scope="session")
def spark(storage: LakeStorage, tmp_path_factory: pytest.TempPathFactory) -> Generator[SparkSession]:
    """A session as the service starts it, on one core and with a small heap."""
    cache = cache_folder()
    install = install_spark(cache, ArtifactCache(cache, MavenRepository.from_environ()))
    limits = SparkLimits("700m", 1)
    options = spark_options(storage, tmp_path_factory.mktemp("warehouse"), limits)
    # Tests run each plan a few times: Java's slower compiler costs them more than it gives.
    java_options = f"{install.java_options} -XX:TieredStopAtLevel=1"
    start = SparkStart(install.java_home, install.spark_home, java_options)
    with spark_session(options, start) as session:
        yield session


@pytest.fixture(scope="session")
def bronze_of(spark: SparkSession) -> BronzeOf:
    """Makes rows of bronze out of values, at offsets 0, 1, 2, ..."""

    def rows(values: Sequence[bytes | None]) -> DataFrame:
        table = pa.Table.from_pylist(
            [
                {
                    "topic_id": "topic-id",
                    "topic": "events.any",
                    "partition": 3,
                    "offset": offset,
                    "key": None,
                    "value": value,
                    "headers": [],
                    "kafka_timestamp": _WRITTEN_AT,
                    "kafka_timestamp_type": "create_time",
                    "received_at": None,
                    "written_at": _WRITTEN_AT,
                }
                for offset, value in enumerate(values)
            ],
            BRONZE_SCHEMA,
        )
        return spark.createDataFrame(table)

    return rows


def load(path: Path) -> Contract:
    return parse_contract(path.read_text(), path.name)


@pytest.fixture(scope="session")
def golden() -> Contract:
    return load(EXAMPLES / "golden.odcs.yaml")


@pytest.fixture(scope="session")
def golden_ids() -> Contract:
    return load(EXAMPLES / "golden_ids.odcs.yaml")


@pytest.fixture(scope="session")
def golden_masked() -> Contract:
    return load(EXAMPLES / "golden_masked.odcs.yaml")
