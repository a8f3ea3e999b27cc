"""The gateway as a process, before a real Trino and metastore, over tables that deltalake writes."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import grpc
import httpx
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from query_gateway.core.guard import check
from query_gateway.generated import query_pb2 as pb
from query_gateway.generated.query_pb2_grpc import QueryServiceStub
from tidelake.contracts.keys import create_key
from tidelake.local.home import Home
from tidelake.local.ports import StackPorts, free_offset
from tidelake.local.stack import Stack
from tidelake.local.trino_query import TrinoUnwell, ask
from tidelake.runtime.certificates import verified
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.road.waiting import until

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.query_layer,
    pytest.mark.timeout(900),
]

ARROW = "application/vnd.apache.arrow.stream"
# Long, and without a row before its end.
SLOW = (
    "select count(*) from {0} cross join unnest(sequence(1, 10000)) a(x) "
    "cross join unnest(sequence(1, 10000)) b(y) cross join unnest(sequence(1, 1000)) c(z) "
    "where x * y % 7 = 3 and sqrt(z) < y"
)
TRIPS = [
    {
        "id": f"t{nth}",
        "distance": nth,
        "started": datetime(2013, 1, 1, 10, nth, tzinfo=UTC),
        "Driver": f"driver {nth}",
        "papers": {"kind": "passport", "number": f"P{nth}"},
    }
    for nth in range(3)
]
_PAPERS = pa.struct([("kind", pa.string()), ("number", pa.string())])
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("distance", pa.int32()),
        ("started", pa.timestamp("us", "UTC")),
        ("Driver", pa.string()),
        ("papers", _PAPERS),
    ]
)
RAW = [
    {"offset": 0, "key": b"t0", "value": b'{"driver": "driver 0"}', "headers": [{"key": "h", "value": b"x"}]}
]


@dataclass(frozen=True)
class Lab:
    stack: Stack
    storage: LakeStorage
    keys: Mapping[str, str]
    publish: Callable[..., None]

    def append(self, path: str, rows: pa.Table) -> None:
        options = self.storage.delta_options()
        write_deltalake(self.storage.uri(path), rows, mode="append", storage_options=options)

    def register(self, path: str) -> None:
        schema, _, table = path.partition("/")
        ask(
            self.stack.trino,
            f"call lake.system.register_table(schema_name => '{schema}', table_name => '{table}', "
            f"table_location => '{self.storage.uri(path)}')",
        )

    def post(self, sql: str, role: str = "analysts", accept: str = "", **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.keys[role]}", "accept": accept}
        url = f"{self.stack.gateway_url}/v1/query"
        told = {"sql": sql, **more}
        return httpx.post(url, json=told, headers=headers, timeout=60, trust_env=False, verify=verified(url))

    def follow(self, method: str, link: str, role: str = "analysts") -> httpx.Response:
        headers = {"authorization": f"Bearer {self.keys[role]}"}
        url = f"{self.stack.gateway_url}{link}"
        return httpx.request(method, url, headers=headers, timeout=60, trust_env=False, verify=verified(url))

    def rows(self, sql: str, role: str = "analysts", **more: Any) -> list[list[Any]]:
        answer = self.post(sql, role, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()["rows"]

    def problem(self, sql: str, role: str = "analysts", **more: Any) -> dict[str, Any]:
        answer = self.post(sql, role, **more)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.json()

    def running(self, marked: str) -> list[str]:
        """Ids of Trino's queries that are under way and hold this text."""
        sql = (
            "select query_id from system.runtime.queries where state not in ('FINISHED', 'FAILED') "
            f"and query like '%{marked[:3]}' || '{marked[3:]}%'"
        )
        return [row[0] for row in ask(self.stack.trino, sql)]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, publish: Callable[..., None]) -> Generator[Lab]:
    """The query layer with the gateway, two datasets and their tables, and a key of each role."""
    stack = Stack(Home(tmp_path_factory.mktemp("gateway") / "home"), StackPorts().moved(free_offset()))
    try:
        for name in ("gcs", "postgres", "metastore", "trino"):
            stack.start(name)
        storage = LakeStorage(stack.lake.lake_root, stack.lake.service_account)
        objects = storage.objects()
        roles = ("analysts", "couriers", "accounting", "terminals", "data-engineering")
        keys = {role: create_key(objects, role, datetime.now(UTC))[1] for role in roles}
        lab = Lab(stack, storage, keys, publish)
        for dataset in ("trips", "fares"):
            publish(objects, dataset)
        for schema in ("bronze", "silver"):
            ask(stack.trino, f"create schema lake.{schema} with (location = 'gs://lake/{schema}')")
        trips = pa.Table.from_pylist(TRIPS, SCHEMA)
        lab.append("silver/trips", trips)
        lab.append("silver/trips", trips.slice(0, 1))
        lab.append("silver/fares", pa.table({"id": ["f1"], "amount": pa.array([1], pa.decimal128(12, 2))}))
        lab.append("bronze/trips", pa.Table.from_pylist(RAW))
        for path in ("silver/trips", "silver/fares", "bronze/trips"):
            lab.register(path)
        stack.start("query-gateway")
        yield lab
    finally:
        stack.down()


Asker = Callable[..., tuple[list[list[Any]], dict[str, int]]]


def by_pages(
    lab: Lab, sql: str, role: str = "analysts", **more: Any
) -> tuple[list[list[Any]], dict[str, int]]:
    answer = lab.post(sql, role, page_rows=2, **more)
    rows: list[list[Any]] = []
    while True:
        if answer.status_code != 200:
            raise AssertionError(answer.json()["type"].rpartition(":")[2])
        page = answer.json()
        rows += page["rows"]
        if page["next"] is None:
            return rows, page["versions"]
        answer = lab.follow("GET", page["next"], role)


def by_arrow(
    lab: Lab, sql: str, role: str = "analysts", **more: Any
) -> tuple[list[list[Any]], dict[str, int]]:
    answer = lab.post(sql, role, ARROW, **more)
    if answer.status_code != 200:
        raise AssertionError(answer.json()["type"].rpartition(":")[2])
    return list_rows(answer.content), json.loads(answer.headers["x-tidelake-versions"])


def by_grpc(
    lab: Lab, sql: str, role: str = "analysts", **more: Any
) -> tuple[list[list[Any]], dict[str, int]]:
    as_of = more.pop("as_of", None)
    values = [pb.Value(int_value=value) for value in more.pop("parameters", ())]
    request = pb.QueryRequest(sql=sql, parameters=values, **more)
    if isinstance(as_of, str):
        request.time = as_of
    elif as_of:
        request.versions.tables.update(as_of)
    with grpc.insecure_channel(lab.stack.gateway_grpc) as channel:
        metadata = (("authorization", f"Bearer {lab.keys[role]}"),)
        try:
            parts = list(QueryServiceStub(channel).Query(request, metadata=metadata, timeout=60))
        except grpc.RpcError as error:
            [details] = [
                v for k, v in cast("Any", error).trailing_metadata() if k == "grpc-status-details-bin"
            ]
            kinds = (
                "unknown-table",
                "unknown-version",
                "not-a-query",
                "query-failed",
                "not-allowed",
                "malformed",
            )
            raise AssertionError(next(kind for kind in kinds if kind.encode() in details)) from error
    versions = dict(parts[0].header.versions.tables)
    rows = list_rows(b"".join(part.arrow for part in parts if part.WhichOneof("part") == "arrow"))
    assert parts[-1].summary.rows == len(rows)
    return rows, versions


def list_rows(stream: bytes) -> list[list[Any]]:
    table = pa.ipc.open_stream(stream).read_all()
    return [list(row.values()) for row in table.to_pylist()]


@pytest.fixture(params=[by_pages, by_arrow, by_grpc])
def asker(request: pytest.FixtureRequest) -> Asker:
    return request.param


def test_the_same_rows_and_versions_come_on_every_way(lab: Lab, asker: Asker) -> None:
    rows, versions = asker(lab, "select id, distance from silver.trips order by 1, 2")
    assert rows == [["t0", 0], ["t0", 0], ["t1", 1], ["t2", 2]]
    assert versions == {"silver.trips": 1}


def test_values_are_bound(lab: Lab, asker: Asker) -> None:
    rows, _ = asker(lab, "select id from silver.trips where distance > ? order by 1", parameters=[0])
    assert rows == [["t1"], ["t2"]]


def test_an_older_version_is_read_when_it_is_named(lab: Lab, asker: Asker) -> None:
    rows, versions = asker(lab, "select count(*) from silver.trips", as_of={"silver.trips": 0})
    assert (rows, versions) == ([[3]], {"silver.trips": 0})


@pytest.mark.parametrize(
    ("sql", "role", "kind"),
    [
        ("select * from silver.fares", "analysts", "unknown-table"),
        ("select * from silver.nothing", "analysts", "unknown-table"),
        ("delete from silver.trips", "data-engineering", "not-a-query"),
        ("select 1 / 0", "analysts", "query-failed"),
        ("select 1", "terminals", "not-allowed"),
        ("select (", "analysts", "malformed"),
    ],
)
def test_the_same_is_refused_on_every_way(lab: Lab, asker: Asker, sql: str, role: str, kind: str) -> None:
    with pytest.raises(AssertionError, match=kind):
        asker(lab, sql, role)


def test_a_table_that_another_role_reads_looks_like_none(lab: Lab) -> None:
    hidden = lab.problem("select * from silver.fares", as_of={"silver.fares": 77})
    absent = lab.problem("select * from silver.absent", as_of={"silver.absent": 77})
    assert hidden["detail"].replace("fares", "absent") == absent["detail"]
    assert lab.rows("select count(*) from silver.fares", "accounting") == [[1]]


def test_masked_fields_are_null_to_applications_under_every_version(lab: Lab) -> None:
    sql = "select count(*), count(driver), count(papers), count_if(driver = 'driver 1') from silver.trips"
    assert lab.rows(sql) == [[4, 0, 0, 0]]
    assert lab.rows(sql, as_of={"silver.trips": 0}) == [[3, 0, 0, 0]]
    assert lab.rows(sql, "data-engineering") == [[4, 4, 4, 1]]


def test_who_sees_some_rows_only_sees_no_others_in_any_version_or_table(lab: Lab) -> None:
    sql = "select id, distance, driver from silver.trips"
    assert lab.rows(sql, "couriers") == [["t1", 1, None]]
    assert lab.rows(sql, "couriers", as_of={"silver.trips": 0}) == [["t1", 1, None]]
    assert lab.rows("select count(*) from silver.trips where distance = 2", "couriers") == [[0]]
    assert lab.problem("select * from bronze.trips", "couriers")["type"].endswith("unknown-table")


def test_raw_bytes_of_a_dataset_with_masked_fields_are_null_to_applications(lab: Lab) -> None:
    sql = 'select "offset", key, value, headers from bronze.trips'
    assert lab.rows(sql) == [[0, None, None, None]]
    [[_, key, value, headers]] = lab.rows(sql, "data-engineering")
    assert None not in (key, value, headers)


def test_a_time_reads_what_was_committed_by_then(lab: Lab) -> None:
    history = DeltaTable(
        lab.storage.uri("silver/trips"), storage_options=lab.storage.delta_options()
    ).history()
    [newest, first] = (datetime.fromtimestamp(commit["timestamp"] / 1000, UTC) for commit in history)
    # In the middle, as the store's times are later than these: by nothing at all, or by some milliseconds.
    between = first + (newest - first) / 2
    answer = lab.post("select count(*) from silver.trips", as_of=between.isoformat())
    assert answer.json()["versions"] == {"silver.trips": 0}
    before = first - timedelta(hours=1)
    problem = lab.problem("select count(*) from silver.trips", as_of=before.isoformat())
    assert problem["type"].endswith("unknown-version")
    assert "its first is of" in problem["detail"]
    problem = lab.problem("select count(*) from silver.trips", as_of="9999-01-01T00:00:00Z")
    assert problem["type"].endswith("malformed")
    assert "in the future" in problem["detail"]


def test_an_append_is_read_by_the_next_question_and_a_pinned_answer_stays(lab: Lab) -> None:
    pinned = lab.post("select count(*) from silver.fares", "accounting").json()
    lab.append("silver/fares", pa.table({"id": ["f2"], "amount": pa.array([2], pa.decimal128(12, 2))}))
    assert lab.rows("select count(*) from silver.fares", "accounting") == [[2]]
    again = lab.rows("select count(*) from silver.fares", "accounting", as_of=pinned["versions"])
    assert again == pinned["rows"] == [[1]]


def for_analysts(text: str) -> str:
    return text.replace("accounting", "analysts")


def spoiled(text: str) -> str:
    return text.replace("kind: DataContract", "kind: nothing")


def test_a_contract_published_now_is_in_force_within_seconds(lab: Lab) -> None:
    objects = lab.storage.objects()
    lab.publish(objects, "fares", "1.1.0", for_analysts)

    def seen() -> int:
        return lab.post("select count(*) from silver.fares").status_code

    until(lambda: seen() == 200, 30.0, "analysts read fares")
    assert lab.post("select count(*) from silver.fares", "accounting").status_code == 403


def test_a_contract_that_cannot_be_read_gives_no_access(lab: Lab) -> None:
    objects = lab.storage.objects()
    lab.publish(objects, "fares", "1.2.0", spoiled)

    def seen() -> int:
        return lab.post("select count(*) from silver.fares").status_code

    until(lambda: seen() == 404, 30.0, "nobody reads fares")
    ready = httpx.get(f"{lab.stack.gateway_url}/readyz", trust_env=False).json()
    assert "fares/1.2.0.yaml" in ready["components"]["contracts"]["reason"]

    def trinos_answer() -> str:
        try:
            ask(lab.stack.trino, "select * from lake.silver.fares", user="app_analysts", bearer="gateway")
        except TrinoUnwell as refusal:
            return str(refusal)
        return ""

    # It reads the rules again each second.
    assert "PERMISSION_DENIED" in until(trinos_answer, 30.0, "Trino gives no access either")


INFORMATION = {
    "applicable_roles",
    "columns",
    "enabled_roles",
    "role_authorization_descriptors",
    "roles",
    "schemata",
    "table_privileges",
    "tables",
    "views",
}
CORPUS = json.loads((Path(__file__).parent / "corpus" / "analytic.json").read_text())
REFUSED = json.loads((Path(__file__).parent / "corpus" / "refused.json").read_text())


# Trino 476 asks nobody's leave for a table's procedures: here the guard is the only wall.
# (Whoever has no token of the gateway's does not come so far.)
TRINO_LETS_THROUGH = ("alter table lake.silver.trips execute optimize",)


def test_the_plain_spelling_means_what_was_written(lab: Lab) -> None:
    lab.append("silver/stops", pa.Table.from_pylist(TRIPS, SCHEMA))
    lab.register("silver/stops")

    def both(sql: str) -> tuple[Any, Any]:
        pinned = check(sql).pinned({"silver.stops": 0})
        return outcome(lab, sql, "admin"), outcome(lab, pinned, "admin")

    with ThreadPoolExecutor(4) as pool:
        compared = list(zip(CORPUS, pool.map(both, CORPUS), strict=True))
    failed = [(sql, written) for sql, (written, _) in compared if isinstance(written, str)]
    assert not failed, "the corpus itself is at fault"
    assert [one for one in compared if one[1][0] != one[1][1]] == []


def outcome(lab: Lab, sql: str, user: str) -> list[list[Any]] | str:
    try:
        return ask(lab.stack.trino, sql, user=user, bearer="gateway" if user != "admin" else None)
    except TrinoUnwell as error:
        return str(error)


def test_what_is_no_query_is_refused_and_behind_the_guard_trino_changes_nothing(lab: Lab) -> None:
    def both(sql: str) -> int:
        if sql not in TRINO_LETS_THROUGH:
            # Straight to Trino as the application: what it answers changes nothing, as is seen below.
            outcome(lab, sql, "app_data-engineering")
        return lab.post(sql, "data-engineering").status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = dict(zip(REFUSED, pool.map(both, REFUSED), strict=True))
    assert {sql: status for sql, status in statuses.items() if status not in (400, 404)} == {}
    assert lab.rows("select count(*) from silver.trips") == [[4]]
    tables = ask(lab.stack.trino, "select table_name from lake.information_schema.tables")
    schemas = ask(lab.stack.trino, "select schema_name from lake.information_schema.schemata")
    assert {name for [name] in tables} - INFORMATION == {"fares", "stops", "trips"}
    assert {name for [name] in schemas} == {"bronze", "default", "information_schema", "silver"}
    versions = ask(lab.stack.trino, 'select max(version) from lake.silver."trips$history"')
    assert versions == [[1]]


def test_rows_beyond_the_limit_are_cut_and_it_is_said(lab: Lab) -> None:
    answer = lab.post("select * from unnest(sequence(1, 5000)) t(n)", max_rows=1500, page_rows=1000).json()
    assert (len(answer["rows"]), answer["cut"]) == (1000, False)
    last = lab.follow("GET", answer["next"]).json()
    assert (last["rows"][-1], last["cut"], last["next"]) == ([1500], True, None)


def test_a_page_can_be_read_again_and_is_nobody_elses(lab: Lab) -> None:
    first = lab.post("select * from unnest(sequence(1, 4000)) t(n)").json()
    second = lab.follow("GET", first["next"]).json()
    assert lab.follow("GET", first["next"]).json() == second
    assert lab.follow("GET", second["next"], "data-engineering").status_code == 404
    assert lab.follow("DELETE", second["next"].rpartition("/")[0]).status_code == 204
    assert lab.follow("GET", second["next"]).status_code == 404


def test_cancelled_pages_end_the_query_in_trino(lab: Lab) -> None:
    marked = "cancelled_pages"
    sql = (
        f"select n, '{marked}' from unnest(sequence(1, 1000)) t(n) cross join unnest(sequence(1, 10000)) u(m)"
    )
    link = lab.post(sql, max_rows=1_000_000).json()["next"]
    assert lab.running(marked)
    lab.follow("DELETE", link.rpartition("/")[0])
    until(lambda: not lab.running(marked), 30.0, "Trino has ended it")


def test_a_whole_number_beyond_bigint_is_bound_as_it_is(lab: Lab) -> None:
    for value in (2**63, -(2**63), 10**38 - 1):
        assert lab.rows(f"select ? = decimal '{value}'", parameters=[value]) == [[True]]


def test_a_caller_who_goes_away_ends_the_query_in_trino(lab: Lab) -> None:
    marked = "gone_by_http"
    body = json.dumps({"sql": SLOW.format(f"(values '{marked}')")}).encode()
    head = (
        "POST /v1/query HTTP/1.1\r\nHost: gateway\r\n"
        f"Authorization: Bearer {lab.keys['analysts']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", lab.stack.ports.gateway_http)) as connection:
        connection.sendall(head.encode() + body)
        until(lambda: lab.running(marked), 30.0, "Trino is at work")
    until(lambda: not lab.running(marked), 30.0, "Trino has ended it")


def test_a_cancelled_call_ends_the_query_in_trino(lab: Lab) -> None:
    marked = "gone_by_grpc"
    with grpc.insecure_channel(lab.stack.gateway_grpc) as channel:
        request = pb.QueryRequest(sql=SLOW.format(f"(values '{marked}')"))
        metadata = (("authorization", f"Bearer {lab.keys['analysts']}"),)
        call = cast("Any", QueryServiceStub(channel).Query(request, metadata=metadata))
        until(lambda: lab.running(marked), 30.0, "Trino is at work")
        call.cancel()
    until(lambda: not lab.running(marked), 30.0, "Trino has ended it")


def test_the_time_limit_ends_the_query_in_trino(lab: Lab) -> None:
    problem = lab.problem(SLOW.format("(values 'too_slow')"), timeout_s=1)
    assert (problem["status"], problem["error_name"]) == (504, "EXCEEDED_TIME_LIMIT")
    until(lambda: not lab.running("too_slow"), 30.0, "Trino has ended it")


def test_what_is_asked_and_refused_is_counted(lab: Lab) -> None:
    rows, refused = "lake_query_rows_total", 'lake_query_refused_total{reason="not-a-query"}'
    before = counts(lab)
    lab.rows("select * from unnest(sequence(1, 7)) t(n)")
    lab.post("delete from silver.trips")
    after = counts(lab)
    assert after[rows] - before[rows] == 7
    assert after[refused] - before.get(refused, 0) == 1


def counts(lab: Lab) -> dict[str, float]:
    """What the gateway measures, by name and labels."""
    text = httpx.get(f"{lab.stack.gateway_url}/metrics", trust_env=False).text
    lines = [line.rpartition(" ") for line in text.splitlines() if line.startswith("lake_query")]
    return {name: float(value) for name, _, value in lines}


def test_a_gateway_that_is_stopped_lets_a_stream_end_and_ends_idle_pages_in_trino(lab: Lab) -> None:
    marked = "open_at_the_stop"
    sql = (
        f"select n, '{marked}' from unnest(sequence(1, 1000)) t(n) cross join unnest(sequence(1, 10000)) u(m)"
    )
    lab.post(sql, max_rows=1_000_000)
    assert lab.running(marked)
    headers = {"authorization": f"Bearer {lab.keys['analysts']}", "accept": ARROW}
    body = {"sql": "select n, m from unnest(sequence(1, 50)) t(n) cross join unnest(sequence(1, 10000)) u(m)"}
    url = f"{lab.stack.gateway_url}/v1/query"
    with (
        ThreadPoolExecutor(1) as pool,
        httpx.stream("POST", url, json=body, headers=headers, timeout=60, trust_env=False) as stream,
    ):
        parts = stream.iter_raw()
        read = [next(parts)]
        stopped = pool.submit(lab.stack.stop, "query-gateway")
        until(lambda: '"stopping"' in lab.stack.log("query-gateway").read_text(), 30.0, "it stops")
        read += parts
        assert stopped.result()
    assert len(list_rows(b"".join(read))) == 500_000
    until(lambda: not lab.running(marked), 30.0, "Trino has ended it")
    assert "servers_not_drained" not in lab.stack.log("query-gateway").read_text()
    lab.stack.start("query-gateway")
    assert lab.rows("select 1") == [[1]]


def test_trino_killed_in_a_query_is_a_clear_error_until_it_is_there_again(lab: Lab) -> None:
    marked = "killed_under_it"
    body = {"sql": SLOW.format(f"(values '{marked}')")}
    headers = {"authorization": f"Bearer {lab.keys['analysts']}"}
    with ThreadPoolExecutor(1) as pool:
        url = f"{lab.stack.gateway_url}/v1/query"
        asked = pool.submit(httpx.post, url, json=body, headers=headers, timeout=60, trust_env=False)
        until(lambda: lab.running(marked), 30.0, "Trino is at work")
        lab.stack.kill("trino")
        answer = asked.result()
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("trino-away")
    assert answer.json()["query_id"]
    assert lab.post("select 1").status_code == 503
    states = {state.name: state for state in lab.stack.states()}
    until(lambda: "Trino does not answer" in gateway_reason(lab), 60.0, str(states["query-gateway"]))
    lab.stack.start("trino")
    until(lambda: lab.post("select count(*) from silver.trips").status_code == 200, 60.0, "it answers")


def gateway_reason(lab: Lab) -> str:
    return httpx.get(f"{lab.stack.gateway_url}/readyz", trust_env=False).text
