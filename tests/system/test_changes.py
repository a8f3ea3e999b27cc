"""From a table of PostgreSQL through Debezium to bronze: every change is there, whoever is killed."""

import threading
import uuid
from collections import defaultdict
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from rich.console import Console
from tidelake.cli.connection import Connection
from tidelake.cli.connection import Sources as SourcesOfLake
from tidelake.cli.dataset import apply_files
from tidelake.cli.following.problems import DatabaseAway, OtherEpoch, Unfollowable
from tidelake.contracts import names
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.source_epoch import SourceEpoch
from tidelake.local.follower import make_follower
from tidelake.local.psql import QueryFailed
from tidelake.runtime.shutdown import StopSignal
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.testkit.road.dataset import Dataset
from tidelake.testkit.road.records import Content, Position
from tidelake.testkit.road.road import Road, running_road
from tidelake.testkit.road.waiting import until

from .sources import Sources, running_sources

pytestmark = [pytest.mark.system, pytest.mark.query_layer, pytest.mark.timeout(480)]

DATABASE = "shop"
_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {name}
name: {name}
version: 1.0.0
status: active
description: {{purpose: Rows of a test.}}
team: {{name: test-owners}}
roles:
  - {{role: shop-app, access: write}}
schema:
  - name: {name}
    logicalType: object
    properties:
      - {{name: id, logicalType: integer, physicalType: int, required: true}}
      - {{name: n, logicalType: integer, physicalType: int, required: true}}
      - {{name: price, logicalType: number, physicalType: "decimal(12,4)"}}
slaProperties:
  - {{property: freshness, value: 1, unit: s}}
  - {{property: retention, value: 1, unit: d}}
customProperties:
  - {{property: source, value: cdc}}
  - {{property: mode, value: upsert}}
  - {{property: table, value: {database}.app.{name}}}
  - {{property: partitions, value: 2}}
  - {{property: idFields, value: [id]}}
"""
_ROWS, _KILLED = 200, 150


class Followed:
    """One table and the dataset that follows it. `n` of a row is how often it was written."""

    def __init__(self, sources: Sources, road: Road, folder: Path) -> None:
        self.name = f"rows_{uuid.uuid4().hex[:8]}"
        self.sources, self.road = sources, road
        self.file = folder / f"{self.name}.odcs.yaml"
        self.file.write_text(_CONTRACT.format(name=self.name, database=DATABASE))
        self.dataset = Dataset(parse_contract(self.file.read_text(), self.name), 2)

    @property
    def table(self) -> str:
        return f"app.{self.name}"

    def sql(self, *statements: str) -> list[str]:
        """Each statement in a transaction of its own."""
        return [row for one in statements for row in self.sources.postgres.ask(DATABASE, one)]

    def make(self, key: str = "primary key") -> None:
        self.sql(
            f"create table {self.table} (id int {key}, n int not null, price numeric(12,4))",
            f'alter table {self.table} owner to "lake_{DATABASE}"',
            f"insert into {self.table} select i, 1, i + 0.5 from generate_series(1, {_ROWS}) i",
        )

    def apply(self) -> str:
        """What `lake dataset apply` says."""
        road, console = self.road, Console(record=True, width=400)
        connection = Connection(
            road.emulator.lake_root,
            road.emulator.service_account_path,
            road.bootstrap,
            "http://127.0.0.1:9",
            sources=SourcesOfLake(self.sources.connect_url, self.sources.home.sources),
        )
        apply_files(connection, [self.file], console, StopSignal(), timeout=timedelta(seconds=60))
        return console.export_text()

    def bronze(self) -> list[tuple[Position, Content]]:
        """All rows, by partition and offset."""
        return sorted(self.road.bronze(self.dataset).rows())

    def wait_until_current(self) -> None:
        """Bronze's newest change of each key is what the table has."""

        def current() -> bool:
            return self.replayed() == self.rows()

        until(current, 60.0, lambda: f"bronze as the table; Connect:\n{self.sources.connect_log[-3000:]}")

    def rows(self) -> dict[int, int]:
        """n by id."""
        pairs = (row.split("|") for row in self.sql(f"select id, n from {self.table}"))
        return {int(key): int(n) for key, n in pairs}

    def replayed(self) -> dict[int, int]:
        """n by id, as the changes in bronze tell it in their order."""
        found: dict[int, int] = {}
        for _, content in self.bronze():
            if content.key is None or content.value is None:
                continue
            change: dict[str, Any] = orjson.loads(content.value)
            key: int = orjson.loads(content.key)["id"]
            if change["op"] == "d":
                found.pop(key, None)
            else:
                found[key] = change["after"]["n"]
        return found


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory, broker: str) -> Generator[Sources]:
    """Both engines, with an empty database that the lake may follow."""
    with running_sources(tmp_path_factory.mktemp("sources"), broker) as sources:
        sources.postgres.ask("postgres", f"create database {DATABASE}")
        follower = make_follower(sources.postgres, DATABASE, sources.home.sources)
        sources.postgres.ask(DATABASE, f'create schema app authorization "{follower.user}"')
        yield sources


@pytest.fixture(scope="module")
def module_road(tmp_path_factory: pytest.TempPathFactory, broker: str) -> Generator[Road]:
    """One lake, with its writer, for all tests here."""
    with running_road(tmp_path_factory.mktemp("road"), broker) as road:
        road.writer().start()
        yield road


@pytest.fixture
def followed(sources: Sources, module_road: Road, tmp_path: Path) -> Followed:
    return Followed(sources, module_road, tmp_path)


def test_a_table_that_can_not_be_followed_is_refused_before_anything_is_made(followed: Followed) -> None:
    with pytest.raises(Unfollowable, match=rf"There is no table {followed.table} in the database shop"):
        followed.apply()
    followed.make(key="")
    followed.sql(f"revoke all on {followed.table} from public", f"alter table {followed.table} owner to lake")
    with pytest.raises(Unfollowable) as refused:
        followed.apply()
    assert len(refused.value.reasons) == 3  # reading, key, publishing
    assert "primary key is missing" in str(refused.value)
    assert followed.sql(f"select 1 from pg_publication where pubname like '%{followed.name}%'") == []
    topic = followed.dataset.topic
    assert KafkaTopics(followed.road.bootstrap, "tests").topic_ids([topic]) == {}


def test_every_change_is_in_bronze_whoever_is_killed(followed: Followed) -> None:
    followed.make()
    said = followed.apply()
    assert f"connector {followed.dataset.topic}" in said
    assert "its rows were read, its changes come" in said
    assert "connector" in followed.apply().replace(", as it was", ""), "applied again"

    followed.sql(
        f"update {followed.table} set n = n + 1, price = 1234567.8901 where id <= 50",
        f"delete from {followed.table} where id = 60",
        f"update {followed.table} set id = 9000, n = n + 1 where id = 61",
        f"begin; update {followed.table} set n = 666; rollback",
        f"alter table {followed.table} add column note text",
        f"insert into {followed.table} values (9001, 1, null, 'new')",
    )
    followed.wait_until_current()

    # Connect is killed while transactions come in.
    one_each = [f"update {followed.table} set n = n + 1 where id = {1 + i % 40}" for i in range(_KILLED)]
    writing = threading.Thread(target=lambda: followed.sql(*one_each))
    writing.start()
    until(lambda: followed.rows()[5] > 3, 20.0, lambda: "written")
    followed.sources.kill_connect()
    followed.sources.start(wait=False)
    writing.join()
    followed.wait_until_current()

    # PostgreSQL is killed while transactions come in; what it did not confirm may be there or not.
    def write_until_killed() -> None:
        try:
            followed.sql(*one_each)
        except QueryFailed:
            return

    writing = threading.Thread(target=write_until_killed)
    writing.start()
    before = followed.rows()[5]
    until(lambda: followed.rows()[5] > before, 20.0, lambda: "written")
    followed.sources.kill_postgres()
    writing.join()
    followed.sources.start()
    followed.sql(f"update {followed.table} set n = n + 1", f"truncate {followed.table}")
    followed.sql(f"insert into {followed.table} values (1, 1000, 0, 'after')")

    def truncated() -> bool:
        return any(content.key is None for _, content in followed.bronze())

    until(truncated, 60.0, lambda: f"a truncate; Connect:\n{followed.sources.connect_log[-3000:]}")
    until(lambda: followed.replayed()[1] == 1000, 60.0, lambda: "the last row")

    assert followed.road.check(followed.dataset).clean, "bronze is Kafka, position by position"
    _assert_every_change_once(followed)
    password = (followed.sources.home.sources / f"{DATABASE}.properties").read_text().split("password=")[1]
    assert password.strip() not in followed.sources.connect_log


def _assert_every_change_once(followed: Followed) -> None:
    """Repeats are told by key, lsn, txId and op; without them `n` of each key goes up by one each time."""
    written: dict[int, list[int]] = defaultdict(list)
    seen: set[tuple[int, int, int, str]] = set()
    tombstones, truncates = 0, 0
    for _, content in followed.bronze():
        if content.value is None:
            tombstones += 1
            continue
        change: dict[str, Any] = orjson.loads(content.value)
        if content.key is None:
            assert change["op"] == "t"
            truncates += 1
            continue
        key: int = orjson.loads(content.key)["id"]
        source = change["source"]
        identity = (key, source["lsn"], source["txId"], change["op"])
        if identity not in seen and change["op"] != "d":
            written[key].append(change["after"]["n"])
        seen.add(identity)
    assert tombstones >= 2  # of the deleted key, and of the one that became another
    assert truncates >= 1
    assert written[1].pop() == 1000
    for key, counts in written.items():
        first = 2 if key == 9000 else 1
        assert counts == list(range(first, first + len(counts))), f"{key}: {counts}"
    assert set(written) == {*range(1, _ROWS + 1), 9000, 9001}
    assert 666 not in {n for counts in written.values() for n in counts}


def test_a_database_in_another_life_is_not_gone_on_with(followed: Followed) -> None:
    followed.make()
    objects = followed.road.storage.objects()
    epoch = SourceEpoch("1", 1)
    objects.create(names.source_epoch_path(followed.name, 1), orjson.dumps({"system_id": "1", "timeline": 1}))
    with pytest.raises(OtherEpoch, match=rf"of the PostgreSQL {epoch}.*2.0.0"):
        followed.apply()


def test_a_database_that_is_away_is_named(followed: Followed) -> None:
    login = followed.sources.home.sources / f"{DATABASE}.properties"
    kept = login.read_text()
    try:
        login.write_text(kept.replace("password=", "password=x"))
        with pytest.raises(DatabaseAway, match="password authentication failed"):
            followed.apply()
    finally:
        login.write_text(kept)
