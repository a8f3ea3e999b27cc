"""The broker as a process, in earnest."""

import re
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from tidelake.local.cache import cache_folder
from tidelake.local.fetching import ArtifactCache
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.kafka import FormatFailed, Kafka, KafkaInstall, KafkaSettings, new_cluster_id
from tidelake.local.kafka_install import install_kafka
from tidelake.local.maven import MavenRepository
from tidelake.local.process import kill, launch
from tidelake.local.readiness import StartFailed, wait_until_ready
from tidelake.local.running import running
from tidelake.local.state import look_at
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.streams.topics import TopicSpec


def test_a_cluster_id_is_never_taken_for_an_option() -> None:
    ids = [new_cluster_id() for _ in range(500)]
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", one) for one in ids)


def test_the_configuration_bounds_records_by_the_one_setting_and_keeps_to_this_machine(home: Home) -> None:
    kafka = Kafka(home, KafkaSettings(1, 2, max_record_bytes=1000), lambda: KafkaInstall([]))
    (home.data / "kafka").mkdir()
    (home.data / "kafka" / "meta.properties").touch()
    program = kafka.prepare()
    text = (home.conf / "kafka.properties").read_text()
    assert program.remark == "one broker: replication 1"
    assert "message.max.bytes=66536\nreplica.fetch.max.bytes=66536\n" in text
    assert "listeners=PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2\n" in text
    assert "auto.create.topics.enable=false" in text


def test_nobody_there_is_not_ready(home: Home) -> None:
    kafka = Kafka(home, KafkaSettings(*free_ports(2)), lambda: KafkaInstall([]))
    assert "nothing accepts connections" in (kafka.unready() or "")


@pytest.fixture(scope="module")
def install() -> KafkaInstall:
    return install_kafka(cache_folder(), ArtifactCache(cache_folder(), MavenRepository.from_environ()))


@pytest.fixture
def kafka(home: Home, install: KafkaInstall) -> Kafka:
    return Kafka(home, KafkaSettings(*free_ports(2)), lambda: install)


def make_topic(kafka: Kafka) -> None:
    KafkaTopics(kafka.bootstrap_servers, "test").ensure(TopicSpec("t", 1))


def send(kafka: Kafka, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, "message.max.bytes": 2_000_000})
    producer.produce("t", value)
    assert producer.flush(20) == 0


def values(kafka: Kafka, count: int) -> Generator[bytes | None]:
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap_servers, "group.id": "x"})
    consumer.assign([TopicPartition("t", 0, 0)])
    for message in consumer.consume(count, 20):
        yield message.value()
    consumer.close()


@pytest.mark.conformance
def test_a_broker_keeps_what_it_acknowledged_over_sigkill(kafka: Kafka, home: Home) -> None:
    with running(kafka, home) as child:
        make_topic(kafka)
        send(kafka, b"acknowledged")
        kill(child.record)
    with running(kafka, home):
        assert list(values(kafka, 1)) == [b"acknowledged"]


@pytest.mark.conformance
def test_the_start_up_cache_is_used_and_a_record_of_the_largest_size_passes(
    kafka: Kafka, home: Home, install: KafkaInstall
) -> None:
    assert [flag.split("=")[0] for flag in install.jvm_flags] == ["-XX:AOTCache"]
    with running(kafka, home):
        assert "[error][aot]" not in home.log("kafka").read_text()
        make_topic(kafka)
        send(kafka, b"x" * 1_048_576)
        assert [len(value or b"") for value in values(kafka, 1)] == [1_048_576]


@pytest.mark.conformance
def test_a_disk_that_fills_up_ends_the_broker_and_is_the_reason_that_status_shows(
    kafka: Kafka, home: Home
) -> None:
    program = kafka.prepare()
    # As `ulimit -f`: no file of this process may grow beyond that, which to it is a full disk.
    limited = replace(program, command=["sh", "-c", 'ulimit -f 40000; exec "$@"', "sh", *program.command])
    child = launch(kafka, limited, home)
    wait_until_ready(kafka, child.outcome, home, program.start_timeout)
    make_topic(kafka)
    producer = Producer(
        {"bootstrap.servers": kafka.bootstrap_servers, "delivery.timeout.ms": 3000, "log_level": 0}
    )
    began = time.monotonic()
    while child.handle.poll() is None and time.monotonic() - began < 120:  # on a slow machine some expire
        for _ in range(10):
            producer.produce("t", b"x" * 900_000)
        producer.flush(4)
    child.handle.wait(1)
    state = look_at(kafka, child.record, home)
    assert state.condition == "ended"
    assert state.reason.startswith("the disk is full: File too large")


@pytest.mark.conformance
def test_a_folder_that_can_not_be_formatted_is_an_error_with_its_reason(kafka: Kafka, home: Home) -> None:
    (home.data / "kafka").write_text("in the way")
    with pytest.raises(FormatFailed, match=r"could not prepare its folder.*Not a directory"):
        kafka.prepare()


@pytest.mark.conformance
def test_a_state_folder_may_have_any_name(tmp_path: Path, install: KafkaInstall) -> None:
    home = Home(tmp_path / "my läke, the first; $HOME")
    kafka = Kafka(home, KafkaSettings(*free_ports(2)), lambda: install)
    with running(kafka, home):
        make_topic(kafka)
    assert (home.data / "kafka" / "t-0").is_dir()


@pytest.mark.conformance
def test_a_controller_port_that_was_taken_meanwhile_is_seen_as_an_early_death(
    home: Home, install: KafkaInstall, kafka: Kafka
) -> None:
    with running(kafka, home):
        other = Home(home.root / "other")
        twin = Kafka(other, KafkaSettings(free_ports(1)[0], kafka.ports[1].number), lambda: install)
        program = twin.prepare()
        child = launch(twin, program, other)
        with pytest.raises(StartFailed, match=r"exit code 1"):
            wait_until_ready(twin, child.outcome, other, program.start_timeout)
