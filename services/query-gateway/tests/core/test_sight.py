"""Who sees what, as contracts say, and the rules made of it."""

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


def test_nobody_gets_what_no_rule_names(trips: Contract) -> None:
    rules = access_rules(sight([trips]))
    assert rules["tables"][-1] == {"privileges": []}
    users = {rule["user"] for rule in rules["tables"][:-1]}
    assert users == {
        "admin",
        r"app_(?:data\-engineering)",
        "app_(?:analysts)",
        r"app_(?:analysts|data\-engineering)",
    }


def test_without_a_contract_only_the_admin_and_the_engineers_have_rules() -> None:
    users = {rule.get("user") for rule in access_rules(sight([]))["tables"]}
    assert users == {"admin", r"app_(?:data\-engineering)", None}
