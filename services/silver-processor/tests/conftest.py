"""One Spark session a test process, contracts, and rows of bronze for both."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession
from silver_processor.outbound.spark import SparkLimits, spark_options, spark_session
from tidelake.contracts.admission import Door
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.local.cache import cache_folder
from tidelake.local.fetching import ArtifactCache
from tidelake.local.maven import MavenRepository
from tidelake.local.spark_install import install_spark
from tidelake.tables.bronze import BRONZE_SCHEMA
from tidelake.tables.storage import LakeStorage

CHECKOUT = Path(__file__).parents[3]
EXAMPLES = CHECKOUT / "libs/contracts/examples"
Headers = Sequence[tuple[str, bytes | None]]
BronzeOf = Callable[..., DataFrame]

_WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Generator[SparkSession]:
    """A session as the service starts it, on one core and with a small heap. It opens no store."""
    cache = cache_folder()
    install = install_spark(cache, ArtifactCache(cache, MavenRepository.from_environ()))
    options = spark_options(
        LakeStorage("gs://nowhere"),
        install.jars,
        tmp_path_factory.mktemp("warehouse"),
        SparkLimits("700m", 1),
    )
    with spark_session(options, install.java_home) as session:
        yield session


@pytest.fixture(scope="session")
def bronze_of(spark: SparkSession) -> BronzeOf:
    """Makes rows of bronze out of values, at offsets 0, 1, 2, ..., with headers where they are given."""

    def rows(values: Sequence[bytes | None], headers: Sequence[Headers] | None = None) -> DataFrame:
        table = pa.Table.from_pylist(
            [
                {
                    "topic_id": "topic-id",
                    "topic": "events.any",
                    "partition": 3,
                    "offset": offset,
                    "key": None,
                    "value": value,
                    "headers": [{"key": key, "value": text} for key, text in headers[offset]]
                    if headers
                    else [],
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
def flights() -> Contract:
    return load(CHECKOUT / "datasets/flights.odcs.yaml")


@pytest.fixture(scope="session")
def golden() -> Contract:
    return load(EXAMPLES / "golden.odcs.yaml")


@pytest.fixture(scope="session")
def golden_ids() -> Contract:
    return load(EXAMPLES / "golden_ids.odcs.yaml")


@pytest.fixture(scope="session")
def golden_door(golden: Contract) -> Door:
    return Door(golden, (EXAMPLES / "golden.schema.json").read_bytes())
