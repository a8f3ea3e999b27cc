"""Who sees what, as contracts say, and the rules made of it."""

from dataclasses import replace

from query_gateway.core.rules import access_rules
from query_gateway.core.sight import sight
from tidelake.contracts.contract import Contract
from tidelake.contracts.keys import DATA_ENGINEERING


def test_a_role_sees_the_datasets_that_list_it_and_ops(trips: Contract, fares: Contract) -> None:
    seen = sight([trips, fares])
    assert set(seen.of("analysts")) == {
        "silver.trips",
        "silver.trips_outcomes",
        "bronze.trips",
        "ops.datasets",
    }
    assert seen.of("terminals") == {}
    assert {"silver.trips", "silver.fares"} <= set(seen.of(DATA_ENGINEERING))


def test_classified_columns_are_masked_whole_and_raw_bytes_with_them(
    trips: Contract, fares: Contract
) -> None:
    masked = {table.name: table.masked for table in sight([trips, fares]).tables}
    assert masked["silver.trips"] == ("driver", "papers")
    assert masked["bronze.trips"] == ("key", "value", "headers")
    assert masked["silver.trips_outcomes"] == ("key", "value", "headers", "reasons")
    assert masked["silver.fares"] == masked["bronze.fares"] == ()


def test_who_sees_some_rows_only_reads_silver_alone_and_through_a_filter(trips: Contract) -> None:
    seen = sight([trips])
    assert set(seen.of("couriers")) == {"silver.trips", "ops.datasets"}
    (rule,) = [one for one in access_rules(seen)["tables"] if one.get("user") == "app_(?:couriers)"]
    assert rule["table"] == "trips"
    assert rule["filter"] == """"distance" IN (0, 1) AND "id" IN ('t1', 't2', 'o''hare')"""
    assert [column["name"] for column in rule["columns"]] == ["driver", "papers"]


def test_what_the_monitor_keeps_is_for_the_engineers_alone(trips: Contract) -> None:
    seen, kept = sight([trips]), {"ops.freshness", "ops.ledger", "ops.process_metrics"}
    assert kept <= seen.of("data-engineering").keys()
    assert kept.isdisjoint(seen.of("analysts"))
    rules = [rule for rule in access_rules(seen)["tables"] if rule.get("table") in ("freshness", "ledger")]
    assert {rule["user"] for rule in rules} == {r"app_(?:data\-engineering)"}


def test_rows_that_their_source_has_no_more_are_the_engineers_alone(trips: Contract) -> None:
    followed = replace(trips, source="cdc", mode="upsert")
    rules = [one for one in access_rules(sight([followed]))["tables"] if one.get("table") == "trips"]
    by_user = {rule["user"]: rule.get("filter") for rule in rules if rule["schema"] == "silver"}
    assert by_user == {
        r"app_(?:data\-engineering)": None,
        "app_(?:couriers)": "NOT lake_is_deleted AND "
        """"distance" IN (0, 1) AND "id" IN ('t1', 't2', 'o''hare')""",
        "app_(?:analysts)": "NOT lake_is_deleted",
    }


def test_nobody_gets_what_no_rule_names(trips: Contract) -> None:
    rules = access_rules(sight([trips]))
    assert rules["tables"][-1] == {"privileges": []}
    users = {rule["user"] for rule in rules["tables"][:-1]}
    assert users == {
        "admin",
        r"app_(?:data\-engineering)",
        "app_(?:analysts)",
        "app_(?:couriers)",
        r"app_(?:analysts|couriers|data\-engineering)",
    }


def test_without_a_contract_only_the_admin_and_the_engineers_have_rules() -> None:
    users = {rule.get("user") for rule in access_rules(sight([]))["tables"]}
    assert users == {"admin", r"app_(?:data\-engineering)", None}
