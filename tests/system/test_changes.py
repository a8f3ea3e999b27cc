"""From tables of PostgreSQL through Debezium and bronze to silver: it is the table, whoever is killed."""

import contextlib
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import httpx
import orjson
import pytest
from tidelake.cli.following.connect_api import ConnectApi
from tidelake.cli.following.connector import connector_config
from tidelake.cli.following.findings import check_sources
from tidelake.cli.following.problems import ConnectorRefused, DatabaseAway, OtherEpoch, Unfollowable
from tidelake.contracts import names
from tidelake.contracts.source_epoch import SourceEpoch
from tidelake.local.follower import make_follower
from tidelake.local.source_login import SourceLogin
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.testkit.changes.random_rows import keys_of, random_row
from tidelake.testkit.changes.tables import DATABASE, GRADE_DDL, ORDER_LINES, VISITS
from tidelake.testkit.road.road import Road, running_road
from tidelake.testkit.road.waiting import until

from .changing_table import changing
from .following import Followed, apply, connection_to
from .sources import Sources, running_sources
from .workload import KEYS, PATIENCE_S, Storm, Written

pytestmark = [pytest.mark.system, pytest.mark.query_layer, pytest.mark.timeout(900)]


_OUTBOX = "outbox-of-the-shop"
"""Prefix of an application's own messages in the database's log."""
_GENERATED = "made_by_postgresql"
"""A column that the contract does not name."""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory, broker: str) -> Generator[Sources]:
    """Both engines, with an empty database that the lake may follow."""
    with running_sources(tmp_path_factory.mktemp("sources"), broker) as sources:
        sources.postgres.ask("postgres", f"create database {DATABASE}")
        follower = make_follower(sources.postgres, DATABASE, sources.home.sources)
        sources.postgres.ask(DATABASE, f'create schema app authorization "{follower.user}"')
        sources.postgres.ask(DATABASE, GRADE_DDL)
        yield sources


@pytest.fixture(scope="module")
def module_road(tmp_path_factory: pytest.TempPathFactory, broker: str) -> Generator[Road]:
    """One lake for all tests here."""
    with running_road(tmp_path_factory.mktemp("road"), broker) as road:
        yield road


@pytest.fixture
def followed(sources: Sources, module_road: Road, tmp_path: Path) -> Followed:
    return Followed(sources, module_road, tmp_path, ORDER_LINES)


def test_a_table_that_can_not_be_followed_is_refused_before_anything_is_made(followed: Followed) -> None:
    name = followed.table.sql_name
    with pytest.raises(Unfollowable, match=rf"There is no table {name} in the database shop"):
        apply(followed)
    followed.make()
    followed.sql(f"alter table {name} drop constraint {followed.table.name}_pkey")
    followed.sql(f"revoke all on {name} from public", f"alter table {name} owner to lake")
    with pytest.raises(Unfollowable) as refused:
        apply(followed)
    assert len(refused.value.reasons) == 3  # reading, key, publishing
    assert "primary key is missing" in str(refused.value)
    assert followed.sql(f"select 1 from pg_publication where pubname like '%{followed.table.name}%'") == []
    topic = followed.dataset.topic
    assert KafkaTopics(followed.road.bootstrap, "tests").topic_ids([topic]) == {}


def test_a_database_in_another_life_is_not_gone_on_with(followed: Followed) -> None:
    followed.make()
    objects = followed.road.storage.objects()
    epoch = SourceEpoch("1", 1)
    path = names.source_epoch_path(followed.dataset.name, 1)
    objects.create(path, orjson.dumps({"system_id": "1", "timeline": 1}))
    with pytest.raises(OtherEpoch, match=rf"of the PostgreSQL {epoch}.*2.0.0"):
        apply(followed)


def test_a_table_whose_own_writers_would_be_refused_is_not_published(followed: Followed) -> None:
    followed.make()
    name, publication = followed.table.sql_name, names.follower_name(followed.dataset.name, 1)
    key = f"{followed.table.name}_pkey"
    followed.sql(f"create publication {publication} for table {name} ({', '.join(followed.table.key)})")
    for identity, said in (("nothing", "NOTHING"), (f"using index {key}", ""), ("default", "DEFERRABLE")):
        if identity == "default":
            columns = ", ".join(followed.table.key)
            followed.sql(f"alter table {name} drop constraint {key}, add primary key ({columns}) deferrable")
        followed.sql(f"alter table {name} replica identity {identity}")
        with pytest.raises(Unfollowable) as refused:
            apply(followed)
        *reasons, listed = map(str, refused.value.reasons)
        assert "in all rows and columns" in listed, "it is of the key's columns alone"
        assert [said in one for one in reasons] == ([True] if said else []), reasons
    followed.sql(f"drop publication {publication}")


def test_a_slot_that_another_lake_reads_is_left_alone(followed: Followed) -> None:
    followed.make()
    slot = names.follower_name(followed.dataset.name, 1)
    followed.sql(f"select pg_create_logical_replication_slot('{slot}', 'pgoutput')")
    try:
        with pytest.raises(Unfollowable, match=rf"slot {slot} already.*which this lake has not made"):
            apply(followed)
    finally:
        followed.sql(f"select pg_drop_replication_slot('{slot}')")
    assert followed.sql(f"select 1 from pg_publication where pubname = '{slot}'") == []


def test_a_database_that_is_away_is_named(followed: Followed) -> None:
    login = followed.sources.home.sources / f"{DATABASE}.properties"
    kept = login.read_text()
    try:
        login.write_text(kept.replace("password=", "password=x"))
        with pytest.raises(DatabaseAway, match="password authentication failed"):
            apply(followed)
    finally:
        login.write_text(kept)


def test_what_connect_says_of_a_connector_that_it_refuses_is_shown(followed: Followed) -> None:
    contract, logins = followed.dataset.contract, followed.sources.home.sources
    assert contract.table is not None
    other = replace(SourceLogin.read(logins, DATABASE), path=logins / "other.properties", password="wrong")
    other.write()
    config = connector_config(contract, contract.table, other.path, replication=1)
    with pytest.raises(ConnectorRefused, match=r"\(400\)(?s:.*)password authentication failed"):
        ConnectApi(followed.sources.connect_url).put(contract.topic, config)


def test_silver_is_the_table_row_for_row_whoever_is_killed(
    sources: Sources, module_road: Road, tmp_path: Path, on_spark: Mapping[str, object], seed: int
) -> None:
    road, random = module_road, Random(seed)
    silver = road.silver("silver-1", **on_spark).start(wait=False)
    writer = road.writer().start(wait=False)
    with contextlib.ExitStack() as sessions:
        tables: list[Written] = []
        for table in (ORDER_LINES, VISITS):
            followed = Followed(sources, road, tmp_path, table)
            followed.make()
            if not table.whole_before:  # PostgreSQL would refuse updates
                name = followed.table.sql_name
                followed.sql(f"alter table {name} add column {_GENERATED} int generated always as (1) stored")
            source = sessions.enter_context(changing(sources.postgres, followed.table))
            tables.append(Written(followed, source, random))
        storm, (first, second) = Storm(tables, silver, random), tables
        storm.work(30)
        for one in tables:  # what the snapshot brings is no change
            one.followed.sql(f"truncate {one.followed.table.sql_name}_written")
        storm.mark("snapshot ready")
        said = apply(first.followed, second.followed)
        assert f"connector {first.followed.dataset.topic}" in said
        assert "its rows were read, its changes come" in said
        assert "connector" in apply(first.followed).replace(", as it was", ""), "applied again"

        storm.mark("followed")
        storm.work(40)
        storm.wait_for_one(lambda one: one.explained() > 0, "outcomes")
        storm.work(20)
        storm.mark("silver is at work, and killed")
        silver.kill()
        silver.start(wait=False)

        for transactional in ("true", "false"):
            first.followed.sql(
                f"select pg_logical_emit_message({transactional}, '{_OUTBOX}', 'not for the lake')"
            )
        storm.work(40)
        storm.mark("Connect is killed")
        sources.kill_connect()
        sources.start(wait=False)
        second.followed.sql(f"alter table {second.followed.table.sql_name} add column extra text default 'x'")
        storm.work(20)
        storm.wait_for_more(Followed.bronze_rows, "rows after Connect's end")

        storm.work(20)
        storm.mark("bronze-writer is killed")
        writer.kill()
        writer.start(wait=False)
        storm.work(40)

        for one in tables:
            one.leave_open()
        storm.mark("PostgreSQL is killed")
        sources.kill_postgres()
        sources.start()
        for one in tables:
            one.go_on_after_crash()
            one.steps.odd = 0.0
            one.steps.write_all_anew()
        storm.mark("PostgreSQL is back")
        storm.work(60)
        storm.wait_explained()
        [resting_from] = first.followed.sql("select pg_current_wal_lsn()")

        storm.mark("all is explained")
        outcomes = [one.check() for one in tables]
        for word in ("inserted", "updated", "deleted", "duplicate", "ignored"):
            assert sum(one[word] for one in outcomes), f"no {word} in {outcomes}"
        for one in tables:
            assert one.followed.against_log(), "the workload did not do what it is for"
        assert any(change.left_out for _, change in first.followed.sent() if change is not None)
        with_generated = {
            (orjson.loads(content.value)["op"] == "r", _GENERATED.encode() in content.value)
            for _, content in road.bronze(first.followed.dataset).rows()
            if content.value
        }
        assert with_generated == {(True, True), (False, False)}, "the snapshot alone has it"
        password = (sources.home.sources / f"{DATABASE}.properties").read_text().split("password=")[1]
        assert password.strip() not in sources.connect_log
        for one in tables:
            rows = one.followed.road.bronze(one.followed.dataset).rows()
            assert not [content for _, content in rows if _OUTBOX.encode() in (content.key or b"")]
        until(
            lambda: _slots_passed(first.followed, resting_from) == len(tables),
            PATIENCE_S,
            lambda: f"slots of tables that rest at {resting_from}: heartbeats move them",
        )
        storm.mark("all is checked")
        _truncate(storm, first)
        _halt(storm, first.followed)


def _slots_passed(followed: Followed, lsn: str) -> int:
    """How many slots hold back nothing that was written up to this place in the log."""
    passed = f"select count(*) from pg_replication_slots where confirmed_flush_lsn > '{lsn}'"
    return int(followed.sql(passed)[0])


def _truncate(storm: Storm, written: Written) -> None:
    """Silver keeps what the table had, and somebody is told."""
    followed, table = written.followed, written.followed.table
    before = followed.silver()
    followed.sql(f"truncate {table.sql_name}")
    written.source.reload()
    (key,) = keys_of(table, KEYS + 3)[-1:]
    tx = written.source.begin()
    written.source.insert(tx, random_row(Random(1), table, key, odd=0.0))
    written.source.commit(tx)
    storm.wait_explained()
    assert followed.silver() == {**before, **followed.rows()}
    truncates = [told for told in followed.reasons() if told[0] == "truncate"]
    assert set(truncates) == {
        ("truncate", table.sql_name, "a new snapshot: silver still has what the table had")
    }
    storm.mark("silver has the truncate")
    url = followed.sources.connect_url
    followed.road.monitor(CONNECT_URL=url, FRESHNESS_PATIENCE=2).start(wait=False)
    (alert, *_) = until(
        lambda: _alerts(followed, "SourceTruncated"),
        PATIENCE_S,
        lambda: "an alert of the truncate",
        every=0.5,
    )
    assert not _alerts(followed, "SourceStopped")
    assert not _alerts(followed, "LedgerGap"), "counted at the same look: silver has the keys of its outcomes"
    assert f"{DATABASE}.{table.sql_name} was emptied at its source" in alert["summary"]
    assert f"a new snapshot of {DATABASE}.{table.sql_name}" in alert["description"]
    storm.mark("the alert is told")


def _halt(storm: Storm, followed: Followed) -> None:
    """A connector that is paused is told by everybody, and goes on by apply."""
    topic, sources = followed.dataset.topic, followed.sources
    httpx.put(f"{sources.connect_url}/connectors/{topic}/pause", trust_env=False).raise_for_status()
    (alert, *_) = until(
        lambda: _alerts(followed, "SourceStopped"), PATIENCE_S, lambda: "an alert of the pause", every=0.5
    )
    assert f"its connector {topic} is paused" in alert["summary"]
    (finding,) = check_sources(connection_to(followed.road, sources))
    assert f"its connector {topic} is paused" in finding.seen
    assert f"connector {topic} was paused and is resumed" in apply(followed)
    (finding,) = check_sources(connection_to(followed.road, sources))
    assert (finding.ok, finding.seen) == (True, "2 tables followed as the contracts say")
    until(lambda: _alerts(followed, "SourceStopped", "resolved"), PATIENCE_S, lambda: "its end", every=0.5)
    storm.mark("the pause was told, and has ended")


def _alerts(followed: Followed, name: str, state: str = "firing") -> list[dict[str, Any]]:
    records = followed.road.kafka.read(names.ALERTS.name).records.values()
    told = [orjson.loads(one.value) for one in records if one.value]
    wanted = (name, followed.dataset.address, state)
    return [one for one in told if (one["alert"], one["dataset"], one["state"]) == wanted]
