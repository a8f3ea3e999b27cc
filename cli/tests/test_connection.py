"""Which lake a command speaks to."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tidelake.cli.connection import (
    HalfNamedLake,
    InvalidReplication,
    InvalidSources,
    InvalidTrino,
    LocalStackStopped,
    NoLocalLake,
    Sources,
    connect,
)
from tidelake.local.home import Home
from tidelake.local.identity import process_identity
from tidelake.local.ports import StackPorts
from tidelake.local.records import ProcessRecord, Records
from tidelake.local.remembered_ports import remember

ELSEWHERE = {
    "LAKE_ROOT": "gs://company",
    "LAKE_KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
    "LAKE_ROUTER_URL": "https://door.example",
}


def runs(home: Home, name: str, *, alive: bool = True) -> None:
    """A record that says so: this very process stands for the one that runs."""
    Records(home.run).save(
        ProcessRecord(
            name=name,
            pid=os.getpid(),
            identity=(process_identity(os.getpid()) or "") if alive else "of one that died",
            command=[],
            ports=[],
            started_at=datetime.now(UTC),
            stop_timeout_s=1,
        )
    )


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """The state folder of a stack whose store runs."""
    home = Home(tmp_path)
    home.make()
    home.service_account.write_text("{}")
    runs(home, "gcs")
    return home.root


def test_without_variables_it_is_the_local_stack(local: Path) -> None:
    connection = connect({"LAKE_HOME": str(local)})
    assert connection.lake_root == "gs://lake"
    assert connection.service_account == local / "sa.json"
    assert connection.kafka_bootstrap_servers == "127.0.0.1:19092"
    assert connection.router_url == "http://127.0.0.1:18100"
    assert connection.replication == 1


def test_a_stack_on_other_ports_is_found_there(local: Path) -> None:
    connection = connect({"LAKE_HOME": str(local), "LAKE_PORTS": "1000"})
    assert connection.kafka_bootstrap_servers == "127.0.0.1:20092"
    assert connection.router_url == "http://127.0.0.1:19100"


def test_a_local_stack_that_was_never_started_is_named_as_such(tmp_path: Path) -> None:
    with pytest.raises(NoLocalLake, match=r"\./lake up"):
        connect({"LAKE_HOME": str(tmp_path)})


def test_variables_name_another_lake() -> None:
    connection = connect(
        {
            "LAKE_ROOT": "gs://company/lake",
            "LAKE_KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
            "LAKE_ROUTER_URL": "https://door.example/",
            "LAKE_KAFKA_REPLICATION": "3",
        }
    )
    assert connection.lake_root == "gs://company/lake"
    assert connection.service_account is None
    assert connection.kafka_bootstrap_servers == "kafka:9092"
    assert connection.router_url == "https://door.example"
    assert connection.replication == 3


def test_a_stack_without_the_query_layer_has_no_trino_and_one_whose_trino_died_has_it(local: Path) -> None:
    assert connect({"LAKE_HOME": str(local)}).trino is None
    runs(Home(local), "trino", alive=False)
    trino = connect({"LAKE_HOME": str(local)}).trino
    assert trino is not None
    assert trino.url == "https://127.0.0.1:18443"


def test_another_lake_has_a_trino_where_one_is_named(tmp_path: Path) -> None:
    assert connect(ELSEWHERE).trino is None
    key = tmp_path / "key"
    key.write_text("c2VjcmV0")
    named = {"LAKE_TRINO_URL": "https://trino.example/", "LAKE_TRINO_JWT_KEY": str(key)}
    trino = connect({**ELSEWHERE, **named}).trino
    assert trino is not None
    assert (trino.url, trino.certificate, trino.key_file) == ("https://trino.example", None, key)
    trino = connect({**ELSEWHERE, **named, "LAKE_TRINO_CERTIFICATE": str(key)}).trino
    assert trino is not None
    assert trino.certificate == key


@pytest.mark.parametrize(
    ("named", "wrong"),
    [
        ({"URL": "https://trino.example"}, "LAKE_TRINO_JWT_KEY"),
        ({"URL": "https://trino.example", "JWT_KEY": "/nowhere"}, "LAKE_TRINO_JWT_KEY='/nowhere'"),
        ({"URL": "http://trino.example", "JWT_KEY": __file__}, "LAKE_TRINO_URL='http://trino.example'"),
        ({"JWT_KEY": __file__}, "LAKE_TRINO_URL"),
        (
            {"URL": "https://trino.example", "JWT_KEY": __file__, "CERTIFICATE": "/nowhere"},
            "LAKE_TRINO_CERTIFICATE='/nowhere'",
        ),
    ],
)
def test_a_trino_that_one_could_not_come_into_is_refused(named: dict[str, str], wrong: str) -> None:
    with pytest.raises(InvalidTrino, match=f"^{wrong}"):
        connect({**ELSEWHERE, **{f"LAKE_TRINO_{name}": value for name, value in named.items()}})
    assert not Path("/nowhere").exists()


def test_another_lakes_trino_is_not_joined_with_the_local_stack(local: Path) -> None:
    with pytest.raises(HalfNamedLake, match="LAKE_ROOT"):
        connect({"LAKE_HOME": str(local), "LAKE_TRINO_URL": "https://trino.example"})


def test_a_key_file_of_ones_own_is_used(tmp_path: Path) -> None:
    connection = connect({**ELSEWHERE, "LAKE_GCS_SERVICE_ACCOUNT": str(tmp_path / "key.json")})
    assert connection.service_account == tmp_path / "key.json"


@pytest.mark.parametrize("text", ["0", "three", "-1", ""])
def test_a_replication_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidReplication):
        connect({**ELSEWHERE, "LAKE_KAFKA_REPLICATION": text})


@pytest.mark.parametrize("left_out", sorted(ELSEWHERE))
def test_two_lakes_are_never_joined_by_a_variable_that_was_forgotten(left_out: str) -> None:
    with pytest.raises(HalfNamedLake, match=left_out):
        connect({name: value for name, value in ELSEWHERE.items() if name != left_out})


def test_a_local_stack_that_is_stopped_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "sa.json").write_text("{}")
    with pytest.raises(LocalStackStopped) as caught:
        connect({"LAKE_HOME": str(tmp_path)})
    assert str(caught.value) == "The local stack is not running. Start it: ./lake up"


def test_only_what_a_client_speaks_to_must_run(local: Path) -> None:
    connection = connect({"LAKE_HOME": str(local)})
    assert connection.storage().bucket == "lake"
    with pytest.raises(LocalStackStopped, match="kafka of the local stack is not running"):
        connection.topics()


def test_another_lake_does_not_ask_for_the_local_stack(tmp_path: Path) -> None:
    connection = connect({**ELSEWHERE, "LAKE_HOME": str(tmp_path)})
    assert connection.storage().bucket == "company"


def test_a_stack_is_found_on_the_ports_of_its_last_start(local: Path) -> None:
    remember(Home(local), StackPorts().moved(2000))
    assert connect({"LAKE_HOME": str(local)}).kafka_bootstrap_servers == "127.0.0.1:21092"


def test_another_lake_follows_tables_where_its_connect_and_its_logins_are_named(tmp_path: Path) -> None:
    assert connect(ELSEWHERE).sources is None
    told = {**ELSEWHERE, "LAKE_CONNECT_URL": "http://connect:8083/", "LAKE_SOURCES": str(tmp_path)}
    assert connect(told).sources == Sources("http://connect:8083", tmp_path)
    for half in ("LAKE_CONNECT_URL", "LAKE_SOURCES"):
        with pytest.raises(InvalidSources, match="belong together"):
            connect({name: value for name, value in told.items() if name != half})


def test_the_local_stack_follows_tables_when_it_was_started_with_its_sources(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    home.service_account.touch()
    runs(home, "gcs")
    assert connect({"LAKE_HOME": str(tmp_path)}).sources is None
    runs(home, "connect", alive=False)
    assert connect({"LAKE_HOME": str(tmp_path)}).sources == Sources("http://127.0.0.1:18083", home.sources)
