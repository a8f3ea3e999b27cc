"""From tables of PostgreSQL through Debezium and bronze to silver: it is the table, whoever is killed."""

import contextlib
from collections.abc import Generator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from tidelake.cli.following.problems import DatabaseAway, OtherEpoch, Unfollowable
from tidelake.contracts import names
from tidelake.contracts.source_epoch import SourceEpoch
from tidelake.local.follower import make_follower
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.testkit.changes.random_rows import keys_of, random_row
from tidelake.testkit.changes.tables import DATABASE, GRADE_DDL, ORDER_LINES, VISITS
from tidelake.testkit.road.road import Road, running_road
from tidelake.testkit.road.waiting import until

from .changing_table import changing
from .following import Followed, apply
from .sources import Sources, running_sources
from .workload import KEYS, PATIENCE_S, Storm, Written

pytestmark = [pytest.mark.system, pytest.mark.query_layer, pytest.mark.timeout(900)]


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


def test_a_database_that_is_away_is_named(followed: Followed) -> None:
    login = followed.sources.home.sources / f"{DATABASE}.properties"
    kept = login.read_text()
    try:
        login.write_text(kept.replace("password=", "password=x"))
        with pytest.raises(DatabaseAway, match="password authentication failed"):
            apply(followed)
    finally:
        login.write_text(kept)


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

        storm.mark("all is explained")
        outcomes = [one.check() for one in tables]
        for word in ("inserted", "updated", "deleted", "duplicate", "ignored"):
            assert sum(one[word] for one in outcomes), f"no {word} in {outcomes}"
        for one in tables:
            assert one.followed.against_log(), "the workload did not do what it is for"
        assert any(change.left_out for _, change in first.followed.sent() if change is not None)
        password = (sources.home.sources / f"{DATABASE}.properties").read_text().split("password=")[1]
        assert password.strip() not in sources.connect_log
        storm.mark("all is checked")
        _truncate(storm, first)


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
    followed.road.monitor().start(wait=False)

    def alerts(name: str) -> list[dict[str, Any]]:
        records = followed.road.kafka.read(names.ALERTS.name).records.values()
        told = [orjson.loads(one.value) for one in records if one.value]
        return [
            one
            for one in told
            if (one["alert"], one["dataset"], one["state"]) == (name, followed.dataset.address, "firing")
        ]

    (alert, *_) = until(
        lambda: alerts("SourceTruncated"), PATIENCE_S, lambda: "an alert of the truncate", every=0.5
    )
    assert not alerts("LedgerGap"), "counted at the same look: silver has the keys of its outcomes"
    assert f"{DATABASE}.{table.sql_name} was emptied at its source" in alert["summary"]
    assert f"a new snapshot of {DATABASE}.{table.sql_name}" in alert["description"]
    storm.mark("the alert is told")
