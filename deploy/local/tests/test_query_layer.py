"""PostgreSQL, metastore and Trino together over the emulator, in earnest: promised and refused."""

import base64
import contextlib
import json
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pyarrow as pa
import pytest
import requests
from deltalake import DeltaTable, write_deltalake
from tidelake.local.home import Home
from tidelake.local.ports import StackPorts, free_offset
from tidelake.local.stack import Stack
from tidelake.local.trino_conf import FIRST_RULES
from tidelake.local.trino_query import TrinoUnwell, ask
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.road.waiting import until

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer, pytest.mark.timeout(400)]

LAYER = ("gcs", "postgres", "metastore", "trino")
TABLE = "gs://lake/silver/flights"
COUNT = "select count(*) from lake.silver.flights"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    """The query layer and the store, without the road, and a table of three rows in it."""
    home = Home(tmp_path_factory.mktemp("query") / "home")
    stack = Stack(home, StackPorts().moved(free_offset()))
    try:
        for name in LAYER:
            stack.start(name)
        append(stack, 3)
        ask(stack.trino, "create schema lake.silver with (location = 'gs://lake/silver')")
        register = "schema_name => 'silver', table_name => 'flights'"
        ask(stack.trino, f"call lake.system.register_table({register}, table_location => '{TABLE}')")
        yield stack
    finally:
        stack.down()


def append(stack: Stack, rows: int) -> None:
    """A commit by the lake's own writer's library, which Trino knows nothing of."""
    options = LakeStorage(stack.lake.lake_root, stack.lake.service_account).delta_options()
    table = pa.table({"id": pa.array(range(rows), pa.int64()), "carrier": ["UA"] * rows})
    write_deltalake(TABLE, table, mode="append", storage_options=options)


def written(stack: Stack) -> int:
    """Rows of the table, by the same library."""
    options = LakeStorage(stack.lake.lake_root, stack.lake.service_account).delta_options()
    actions = pa.table(DeltaTable(TABLE, storage_options=options).get_add_actions(flatten=True))
    return sum(row["num_records"] for row in actions.to_pylist())


def counted(stack: Stack) -> int:
    [[rows]] = ask(stack.trino, COUNT)
    return rows


def post(stack: Stack, token: str | None) -> requests.Response:
    """What Trino answers at once to a bearer of this who says to be the admin."""
    headers = {"X-Trino-User": "admin"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(stack.trino.certificate)
        return session.post(f"{stack.trino.url}/v1/statement", data="select 1", headers=headers, timeout=20)


def test_trino_uses_its_start_up_cache(stack: Stack) -> None:
    assert any(part.startswith("-XX:AOTCache=") for part in stack.records["trino"].command)
    assert "[error][aot]" not in stack.home.log("trino").read_text()


def test_every_append_is_seen_by_the_next_question(stack: Stack) -> None:
    for _ in range(5):
        append(stack, 10)
        assert counted(stack) == written(stack)


def test_the_store_lacked_no_call_that_was_made_of_it(stack: Stack) -> None:
    ask(stack.trino, "create table lake.silver.made (n bigint) with (location = 'gs://lake/silver/made')")
    ask(stack.trino, "insert into lake.silver.made values 1, 2, 3")
    ask(stack.trino, "delete from lake.silver.made where n = 2")
    ask(stack.trino, "alter table lake.silver.made execute optimize")
    assert ask(stack.trino, "select sum(n) from lake.silver.made") == [[4]]
    ask(stack.trino, "drop table lake.silver.made")
    ask(stack.trino, "create schema lake.elsewhere")
    ask(stack.trino, "create table lake.elsewhere.managed as select 1 n")
    ask(stack.trino, "drop schema lake.elsewhere cascade")
    calls = httpx.get(f"http://127.0.0.1:{stack.ports.gcs}/_requests", trust_env=False).json()["counts"]
    outcomes = {outcome for counts in calls.values() for outcome in counts}
    assert {"200", "404"} <= outcomes
    assert not [outcome for outcome in outcomes if outcome.startswith("5")], calls


@pytest.mark.parametrize("user", ["gateway", "app_ops", "stranger"])
def test_who_has_no_rights_gets_nothing(stack: Stack, user: str) -> None:
    for sql in ("select 1", COUNT, "show catalogs", "select * from system.runtime.queries"):
        with pytest.raises(TrinoUnwell, match="PERMISSION_DENIED"):
            ask(stack.trino, sql, user=user)


def test_nobody_speaks_for_another_as_long_as_no_rule_says_so(stack: Stack) -> None:
    for user in ("app_ops", "admin"):
        with pytest.raises(TrinoUnwell, match="User gateway cannot impersonate user"):
            ask(stack.trino, COUNT, user=user, bearer="gateway")


def test_new_rules_of_access_are_in_force_within_seconds(stack: Stack) -> None:
    rules: dict[str, Any] = json.loads(json.dumps(FIRST_RULES))
    ours = {"user": "app_.*", "catalog": "lake"}
    rules["catalogs"].insert(0, {**ours, "allow": "read-only"})
    select = {"schema": "silver", "table": "flights", "privileges": ["SELECT"], "filter": "id = 0"}
    rules["tables"].insert(0, {**ours, **select, "filter_environment": {"user": "admin"}})
    rules["queries"].insert(0, {"user": "app_.*", "allow": ["execute"]})
    rules["impersonation"].append({"original_user": "gateway", "new_user": "app_.*"})
    path = stack.home.data / "trino" / "access-rules.json"

    def seen() -> int:
        with contextlib.suppress(TrinoUnwell):
            [[rows]] = ask(stack.trino, COUNT, user="app_ops", bearer="gateway")
            return rows
        return 0

    replace(path, json.dumps(rules))
    try:
        assert 0 < until(seen, 10.0, "the gateway speaks for app_ops") < written(stack)
        with pytest.raises(TrinoUnwell, match="PERMISSION_DENIED"):
            ask(stack.trino, "delete from lake.silver.flights", user="app_ops")
    finally:
        replace(path, json.dumps(FIRST_RULES))
    until(lambda: seen() == 0, 10.0, "the first rules are in force again")


def replace(path: Path, text: str) -> None:
    """As the gateway does: never half of it."""
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").replace(path)


def tokens(stack: Stack) -> dict[str, str | None]:
    """What is no token for Trino, by what is wrong with it."""
    key = base64.b64decode(stack.trino.key_file.read_text())
    claims = {"iss": "lake", "aud": "trino", "sub": "admin", "exp": datetime.now(UTC) + timedelta(minutes=5)}

    def signed(with_key: bytes = key, **changed: str) -> str:
        return jwt.encode({**claims, **changed}, with_key, algorithm="HS256")

    return {
        "none": None,
        "no token at all": "nonsense",
        "signed by another": signed(b"x" * 32),
        "expired": stack.trino.token("admin", timedelta(seconds=-1)),
        "for somebody else": signed(aud="superset"),
        "by somebody else": signed(iss="somebody"),
        "unsigned": jwt.encode({"iss": "lake", "aud": "trino", "sub": "admin"}, "", algorithm="none"),
        "right": signed(),
    }


def test_without_a_right_token_nobody_comes_in(stack: Stack) -> None:
    statuses = {wrong: post(stack, token).status_code for wrong, token in tokens(stack).items()}
    assert statuses.pop("right") == 200
    assert set(statuses.values()) == {401}, statuses
    assert "expired" in post(stack, tokens(stack)["expired"]).text


def test_plain_http_is_not_spoken_and_the_certificate_is_no_other(stack: Stack) -> None:
    with requests.Session() as session:
        session.trust_env = False
        plain = stack.trino.url.replace("https", "http")
        with contextlib.suppress(requests.ConnectionError):
            assert session.get(f"{plain}/v1/info", timeout=10).status_code == 400
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"{stack.trino.url}/v1/info", timeout=10)


def test_a_process_with_another_bundle_of_certificates_in_its_variables_still_comes_in(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bundle.pem").write_text("")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(tmp_path / "bundle.pem"))
    assert ask(stack.trino, "select current_user") == [["admin"]]


def test_no_secret_stands_in_a_log_or_a_command_line(stack: Stack) -> None:
    told = "".join(stack.log(name).read_text() for name in LAYER)
    told += "".join(" ".join(stack.records[name].command) for name in LAYER)
    for file in stack.home.secrets.iterdir():
        if file.name not in ("trino-certificate.pem", "trino-keystore.pem"):
            assert file.read_text().strip() not in told, file.name


def test_the_metastore_killed_is_a_clear_error_until_it_is_there_again(stack: Stack) -> None:
    stack.kill("metastore")
    began = time.monotonic()
    with pytest.raises(TrinoUnwell, match=r"HIVE_METASTORE_ERROR.*Failed connecting to Hive metastore"):
        counted(stack)
    assert time.monotonic() - began < 20
    states = {state.name: state for state in stack.states()}
    assert states["metastore"].condition == "ended"
    assert states["trino"].condition == "not ready"
    assert "Failed connecting to Hive metastore" in states["trino"].reason
    stack.start("metastore")
    assert counted(stack) == written(stack)


def test_postgresql_killed_is_a_clear_error_until_it_is_there_again(stack: Stack) -> None:
    stack.kill("postgres")
    with pytest.raises(TrinoUnwell, match="HIVE_METASTORE_ERROR"):
        counted(stack)
    states = {state.name: state for state in stack.states()}
    assert "Connection refused" in states["metastore"].reason
    assert states["trino"].condition == "not ready"
    stack.start("postgres")
    until(lambda: all(one.condition == "ready" for one in layer(stack)), 60.0, lambda: str(layer(stack)))
    assert counted(stack) == written(stack)


@pytest.mark.parametrize("sql", ["create catalog other using delta_lake", "drop catalog lake"])
def test_catalogues_are_those_of_the_configuration(stack: Stack, sql: str) -> None:
    with pytest.raises(TrinoUnwell, match="PERMISSION_DENIED"):
        ask(stack.trino, sql)
    assert ask(stack.trino, "show catalogs") == [["lake"], ["system"]]


def layer(stack: Stack) -> list[Any]:
    return [state for state in stack.states() if state.name in LAYER]


def test_trino_killed_does_not_answer_until_it_is_there_again_and_knows_its_tables(stack: Stack) -> None:
    stack.kill("trino")
    with pytest.raises(TrinoUnwell, match="does not answer"):
        counted(stack)
    stack.start("trino")
    append(stack, 1)
    assert counted(stack) == written(stack)


def test_everything_ends_in_order_and_comes_back_with_its_tables(stack: Stack) -> None:
    assert stack.down() == ["trino", "metastore", "postgres", "gcs"]
    for name in LAYER:
        stack.start(name)
    assert counted(stack) == written(stack)
