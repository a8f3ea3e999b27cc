"""Names that two parts of the lake must agree on never collide."""

from __future__ import annotations

import pytest
from tidelake.contracts import names


@pytest.mark.parametrize("name", ["flights", "query_audit", "a1", "web_log_2"])
def test_ordinary_names_are_taken(name: str) -> None:
    assert names.is_dataset_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Flights",
        "1st",
        "a-b",
        "a.b",
        "a__b",
        "_a",
        "a_",
        "flights_v2",
        "flights_outcomes",
        "a/b",
        "x" * 101,
        "a\n",
    ],
)
def test_names_that_would_be_somebody_elses_are_refused(name: str) -> None:
    assert not names.is_dataset_name(name)


def test_senders_call_a_major_version_as_its_topic_ends() -> None:
    assert names.dataset_address("flights", 1) == "flights"
    assert names.dataset_address("flights", 2) == "flights.v2"
    for major in (0, 1, 2, 10):
        assert names.events_topic("flights", major) == f"events.{names.dataset_address('flights', major)}"


def test_the_address_of_a_later_major_version_is_no_datasets_name() -> None:
    assert not names.is_dataset_name(names.dataset_address("flights", 2))


def test_topics_and_tables_of_major_versions_differ() -> None:
    assert names.events_topic("flights", 1) == "events.flights"
    assert names.events_topic("flights", 2) == "events.flights.v2"
    assert names.changes_topic("planes", 2) == "cdc.planes.v2"
    assert names.bronze_path("flights", 1) == "bronze/flights"
    assert names.bronze_path("flights", 2) == "bronze/flights_v2"


def test_every_internal_topic_has_a_plan() -> None:
    assert {plan.name for plan in names.INTERNAL_TOPICS} == {
        "bronze-commits",
        "silver-commits",
        "silver-shares",
        "ingest-counts",
        "dead-letters",
        "logs.inbound",
        "alerts",
    }
    assert names.INGEST_COUNTS.config["cleanup.policy"] == "compact"


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "a/b", "\u00fc", "a\n", "x" * 250])
def test_what_kafka_would_refuse_is_no_name_of_a_topic(name: str) -> None:
    assert not names.is_topic_name(name)


@pytest.mark.parametrize("name", ["events.flights.v2", "bronze-commits", "...", "x" * 249])
def test_what_kafka_takes_is_a_name_of_a_topic(name: str) -> None:
    assert names.is_topic_name(name)


def test_the_longest_dataset_has_a_topic() -> None:
    assert names.is_topic_name(names.events_topic("x" * names.MAX_DATASET_LENGTH, 999_999_999))


def test_sql_calls_a_table_by_its_layer_and_its_folder() -> None:
    assert names.sql_name(names.silver_path("flights", 1)) == "silver.flights"
    assert names.sql_name(names.outcomes_path("flights", 2)) == "silver.flights_v2_outcomes"


def test_who_follows_a_table_is_called_as_postgresql_can_call_it_and_as_nobody_else() -> None:
    assert names.follower_name("planes", 1) == "lake_planes_v1"
    longest = "x" * names.MAX_DATASET_LENGTH
    found = {
        names.follower_name(longest, 1),
        names.follower_name(longest, 2),
        names.follower_name(longest[1:], 1),
    }
    assert len(found) == 3
    assert all(len(name) <= 63 for name in found)


def test_the_epoch_of_a_source_lies_beside_the_binding_of_its_topic() -> None:
    assert names.source_epoch_path("planes", 2) == "contracts/planes/source-v2.json"
