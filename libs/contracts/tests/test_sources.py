"""What a contract must say for its source."""

from __future__ import annotations

import re

import pytest
from tidelake.contracts.contract import SourceTable
from tidelake.contracts.line_patterns import line_pattern
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.patterns import NotPortable
from tidelake.contracts.problems import InvalidContract

_TEXT = """
apiVersion: v3.2.0
kind: DataContract
id: trips
name: trips
version: 2.0.0
status: active
team: {name: test-owners}
schema:
  - name: trips
    properties:
      - {name: id, logicalType: integer, physicalType: bigint, required: true}
      - {name: place_code, logicalType: string}
      - name: parts
        logicalType: array
        items: {logicalType: string}
slaProperties:
  - {property: freshness, value: 5, unit: s}
  - {property: retention, value: 7, unit: d}
customProperties:
  - {property: partitions, value: 2}
  - {property: idFields, value: [id]}
"""
_CDC = {"source": "cdc", "mode": "upsert", "table": "shop.app.trips"}
_LOG = {
    "source": "log",
    "mode": "append",
    "logStream": "trips",
    "logPattern": "(?<id>[0-9]+) (?<place_code>.*)",
}


def _text(properties: dict[str, str]) -> str:
    return _TEXT + "".join(
        f"  - {{property: {name}, value: '{value}'}}\n" for name, value in properties.items()
    )


def _problems(properties: dict[str, str]) -> set[str]:
    with pytest.raises(InvalidContract) as caught:
        parse_contract(_text(properties), "trips")
    return {problem.kind for problem in caught.value.problems}


def test_change_data_follow_a_table_and_have_a_topic_of_their_own() -> None:
    contract = parse_contract(_text(_CDC), "trips")
    assert contract.table == SourceTable("shop", "app", "trips")
    assert contract.topic == "cdc.trips.v2"
    assert contract.log is None
    assert contract.producers == frozenset()


def test_log_lines_have_a_stream_and_a_pattern_whose_groups_are_fields() -> None:
    contract = parse_contract(_text(_LOG), "trips")
    assert contract.log is not None
    assert contract.log.stream == "trips"
    assert dict(contract.log.pattern.groups) == {"id": 1, "place_code": 2}
    assert contract.topic == "events.trips.v2"


@pytest.mark.parametrize(
    ("properties", "kind"),
    [
        (_CDC | {"mode": "append"}, "mode"),
        ({"source": "cdc", "mode": "upsert"}, "missing_custom_property"),
        (_CDC | {"table": "app.trips"}, "custom_property"),
        (_CDC | {"logStream": "trips"}, "custom_property"),
        (_LOG | {"mode": "upsert"}, "mode"),
        (_LOG | {"table": "shop.app.trips"}, "custom_property"),
        ({"source": "log", "mode": "append", "logStream": "trips"}, "missing_custom_property"),
        (_LOG | {"logPattern": "(?<id>[0-9]+"}, "pattern"),
        (_LOG | {"logPattern": r"(?<id>\p{L}+)"}, "pattern"),
        (_LOG | {"logPattern": "(?<id>[0-9]+)(?<id>.)"}, "pattern"),
        (_LOG | {"logPattern": "(?<id>[0-9]+) (?<place>.*)"}, "log_group"),
        (_LOG | {"logPattern": "(?<place_code>.*)"}, "log_group"),
        (_LOG | {"logPattern": "(?<id>[0-9]+) (?<parts>.*)"}, "log_group"),
        ({"source": "api", "mode": "append"}, "no_producer"),
    ],
)
def test_what_does_not_fit_the_source_is_a_problem(properties: dict[str, str], kind: str) -> None:
    assert kind in _problems(properties)


@pytest.mark.parametrize("table", ["shop.app.Trips", "app.trips", "shop.app.2trips", "shop.app." + 64 * "t"])
def test_a_table_whose_name_is_not_taken_is_told_which_are(table: str) -> None:
    with pytest.raises(InvalidContract, match=r"DATABASE\.SCHEMA\.TABLE.* has small letters, digits and _"):
        parse_contract(_text(_CDC | {"table": table}), "trips")


def test_groups_are_counted_as_java_counts_them() -> None:
    pattern = line_pattern(r"(?:x|y)(a)\((?<first_part>[(]+)(?=z)(?<second>[^\]]*)")
    assert dict(pattern.groups) == {"first_part": 2, "second": 3}
    match = re.search(pattern.java.replace(r"\z", r"\Z"), "xa((" + "z]"[:1])
    assert match is not None
    assert (match[2], match[3]) == ("(", "z")


@pytest.mark.parametrize("pattern", ["(?<=a)b", "(?<1a>b)", "(?P<a>b)"])
def test_other_groups_are_refused(pattern: str) -> None:
    with pytest.raises(NotPortable):
        line_pattern(pattern)
