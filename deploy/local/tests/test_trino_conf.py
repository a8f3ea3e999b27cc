"""What Trino is told, without starting it."""

import json
import stat
from pathlib import Path

import pytest
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.metastore_conf import LakeStore
from tidelake.local.trino import Trino, TrinoInstall
from tidelake.local.trino_conf import properties


@pytest.fixture
def trino(home: Home) -> Trino:
    store = LakeStore("gs://lake", "http://127.0.0.1:2", home.service_account)
    return Trino(home, free_ports(1)[0], "thrift://127.0.0.1:3", store, lambda: TrinoInstall(Path("/trino")))


def told(home: Home, name: str) -> dict[str, str]:
    lines = (home.conf / "trino" / "etc" / name).read_text().splitlines()
    return {key: value for key, _, value in (line.partition("=") for line in lines)}


def test_it_serves_by_tls_on_this_machine_alone_and_asks_for_a_token(trino: Trino, home: Home) -> None:
    trino.prepare()
    config = told(home, "config.properties")
    assert config["http-server.http.enabled"] == "false"
    assert config["node.bind-ip"] == "127.0.0.1"
    assert config["http-server.authentication.type"] == "JWT"
    assert config["http-server.authentication.jwt.key-file"] == str(trino.login.key_file)


def test_the_lake_is_read_as_it_is_now_and_a_metastore_that_is_away_is_noticed_soon(
    trino: Trino, home: Home
) -> None:
    trino.prepare()
    lake = told(home, "catalog/lake.properties")
    assert lake["delta.metadata.cache-ttl"] == "0s"
    assert lake["hive.metastore.thrift.client.max-retry-time"] == "3s"
    assert lake["gcs.endpoint"] == "http://127.0.0.1:2"


def test_rules_of_access_are_written_once_and_then_belong_to_the_gateway(trino: Trino, home: Home) -> None:
    trino.prepare()
    first = json.loads(trino.access_rules.read_text())
    assert first["impersonation"] == [{"original_user": "admin", "new_user": ".*"}]
    assert first["catalogs"][-1] == {"allow": "none"}
    assert told(home, "access-control.properties")["security.refresh-period"] == "1s"
    trino.access_rules.write_text("{}")
    trino.prepare()
    assert trino.access_rules.read_text() == "{}"


def test_secrets_stand_in_files_of_their_owner_and_not_on_the_command_line(trino: Trino, home: Home) -> None:
    command = " ".join(trino.prepare().command)
    secret = told(home, "config.properties")["internal-communication.shared-secret"]
    assert secret not in command
    assert trino.login.key_file.read_text() not in command
    for file in (home.conf / "trino" / "etc").rglob("*.properties"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    trino.prepare()
    assert told(home, "config.properties")["internal-communication.shared-secret"] == secret


def test_nobody_there_is_not_ready(trino: Trino) -> None:
    assert "does not answer" in (trino.unready() or "")


def test_a_backslash_in_a_path_is_no_escape() -> None:
    assert properties({"a": "x\\y", "b": 1}) == "a=x\\\\y\nb=1\n"
