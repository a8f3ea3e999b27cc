"""The lake's services as processes."""

from pathlib import Path

from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.services import (
    BronzeWriter,
    IngestRouter,
    LakeAddress,
    LogRouter,
    Monitor,
    SilverProcessor,
)
from tidelake.local.spark_install import SparkInstall

LAKE = LakeAddress("gs://lake", Path("/x/sa.json"), "127.0.0.1:9", 1_048_576)


def test_each_service_is_told_where_the_lake_is_under_its_own_prefix() -> None:
    router = IngestRouter(LAKE, 1, 2).prepare()
    assert Path(router.command[0]).name == "ingest-router"
    assert router.environ == {
        "INGEST_ROUTER_LAKE_ROOT": "gs://lake",
        "INGEST_ROUTER_GCS_SERVICE_ACCOUNT": "/x/sa.json",
        "INGEST_ROUTER_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "INGEST_ROUTER_MAX_RECORD_BYTES": "1048576",
        "INGEST_ROUTER_INSTANCE": "ingest-router",
        "INGEST_ROUTER_HTTP_PORT": "1",
        "INGEST_ROUTER_GRPC_PORT": "2",
    }
    assert router.prefix == "INGEST_ROUTER_"
    lines = LogRouter(LAKE, 4).prepare()
    assert Path(lines.command[0]).name == "log-router"
    assert lines.environ["LOG_ROUTER_HTTP_PORT"] == "4"
    assert lines.environ["LOG_ROUTER_MAX_LINE_BYTES"] == "1048576"
    writer = BronzeWriter(LAKE, 2, 3)
    assert writer.name == "bronze-writer-2"
    assert writer.prepare().environ["BRONZE_WRITER_INSTANCE"] == "bronze-writer-2"
    assert writer.prepare().environ["BRONZE_WRITER_HTTP_PORT"] == "3"


def test_silver_is_told_where_its_java_and_its_spark_are(tmp_path: Path) -> None:
    install = SparkInstall(tmp_path / "jre", tmp_path / "home", "-XX:AOTCache=x", [tmp_path / "a.jar"])
    home = Home(tmp_path)
    first, second = (SilverProcessor(home, LAKE, number, 4, lambda: install) for number in (1, 2))
    environ = first.prepare().environ
    assert environ["SILVER_PROCESSOR_JAVA_HOME"] == f"{tmp_path}/jre"
    assert environ["SILVER_PROCESSOR_SPARK_HOME"] == f"{tmp_path}/home"
    assert environ["SILVER_PROCESSOR_JAVA_OPTIONS"] == "-XX:AOTCache=x"
    assert Path(environ["SILVER_PROCESSOR_SCRATCH"]).is_relative_to(home.data)
    assert (first.name, second.name) == ("silver-processor", "silver-processor-2")
    assert environ["SILVER_PROCESSOR_SCRATCH"] != second.prepare().environ["SILVER_PROCESSOR_SCRATCH"]
    assert "SILVER_PROCESSOR_MAX_RECORD_BYTES" not in environ, "it has no such setting"


def test_the_monitor_is_told_where_every_process_says_what_it_uses() -> None:
    environ = Monitor(LAKE, 5, 6, {"ingest-router": 1}).prepare().environ
    assert environ["MONITOR_ENDPOINTS"] == (
        '{"ingest-router": "http://127.0.0.1:1/metrics", "monitor": "http://127.0.0.1:5/metrics"}'
    )
    assert environ["MONITOR_KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:9"
    assert "MONITOR_CONNECT_URL" not in environ
    assert Monitor(LAKE, 5, 6, {}, "http://x:1").prepare().environ["MONITOR_CONNECT_URL"] == "http://x:1"


def test_a_service_that_does_not_answer_is_not_ready() -> None:
    assert "does not answer" in (IngestRouter(LAKE, *free_ports(2)).unready() or "")
    assert "does not answer" in (BronzeWriter(LAKE, 1, free_ports(1)[0]).unready() or "")
