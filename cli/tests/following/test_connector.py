"""The configuration of a connector."""

import re
from dataclasses import replace
from pathlib import Path

from tidelake.cli.following.connector import connector_config
from tidelake.contracts.contract import Contract, SourceTable, Version

LOGIN = Path("/home/secrets/sources/airports.properties")


def test_what_debezium_calls_its_topic_becomes_the_datasets(contract: Contract, table: SourceTable) -> None:
    config = connector_config(contract, table, LOGIN, replication=1)
    routed = re.compile(config["transforms.route.regex"])
    assert routed.fullmatch(f"{config['topic.prefix']}.app.planes")
    assert config["transforms.route.replacement"] == contract.topic == "cdc.planes"
    assert not routed.fullmatch(f"__debezium-heartbeat.{config['topic.prefix']}")


def test_it_follows_that_table_alone(contract: Contract, table: SourceTable) -> None:
    included = connector_config(contract, table, LOGIN, replication=1)["table.include.list"]
    assert re.fullmatch(included, "app.planes")
    assert not re.fullmatch(included, "app_planes")


def test_no_message_in_the_databases_log_comes_for_a_change(contract: Contract, table: SourceTable) -> None:
    config = connector_config(contract, table, LOGIN, replication=1)
    for prefix in ("lake-heartbeat", "outbox", "an.application's:own", ""):
        assert re.fullmatch(config["message.prefix.exclude.list"], prefix)
    assert "lake-heartbeat" in config["heartbeat.action.query"]


def test_no_password_is_in_it(contract: Contract, table: SourceTable) -> None:
    config = connector_config(contract, table, LOGIN, replication=1)
    assert config["database.password"] == f"${{file:{LOGIN}:password}}"


def test_each_major_version_has_slot_and_publication_of_its_own(
    contract: Contract, table: SourceTable
) -> None:
    first = connector_config(contract, table, LOGIN, replication=1)
    second = connector_config(replace(contract, version=Version(2, 0, 0)), table, LOGIN, replication=1)
    for setting in ("slot.name", "publication.name", "topic.prefix"):
        assert first[setting] != second[setting]
    assert re.fullmatch("[a-z0-9_]{1,63}", second["slot.name"])


def test_nothing_that_a_change_says_is_lost_in_writing(contract: Contract, table: SourceTable) -> None:
    config = connector_config(contract, table, LOGIN, replication=3)
    assert config["decimal.handling.mode"] == "string"
    assert config["time.precision.mode"] == "isostring"
    assert config["skipped.operations"] == "none"
    assert config["tombstones.on.delete"] == "true"
    assert config["errors.max.retries"] == "-1"
    assert config["topic.creation.default.replication.factor"] == "3"
