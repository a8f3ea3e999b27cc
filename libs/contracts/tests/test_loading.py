"""What a contract says becomes values, and everything that is wrong is said at once, at its line."""

# ruff: noqa: E501  (one case a line reads best)

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tidelake.contracts.contract import Contract, Version
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.problems import ContractProblem, InvalidContract

ORDERS = """\
apiVersion: v3.2.0
kind: DataContract
id: orders
name: orders
version: 1.2.0
status: active
team:
  name: shop
roles:
  - role: till
    access: write
schema:
  - name: orders
    properties:
      - name: order_id
        logicalType: string
        required: true
      - name: placed_at
        logicalType: timestamp
        required: true
      - name: amount
        logicalType: number
        physicalType: decimal(10,2)
        quality:
          - metric: nullValues
            mustBe: 0
      - name: note
        logicalType: string
        classification: internal
slaProperties:
  - property: freshness
    value: 5
    unit: s
  - property: retention
    value: P30D
customProperties:
  - property: source
    value: api
  - property: mode
    value: append
  - property: partitions
    value: 3
  - property: idFields
    value: [order_id]
  - property: eventTime
    value: placed_at
"""


def problems_of(text: str) -> tuple[ContractProblem, ...]:
    with pytest.raises(InvalidContract) as caught:
        parse_contract(text, "orders.odcs.yaml")
    return caught.value.problems


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def _filtered(value: str, access: str = "read", name: str = "rowFilter") -> tuple[str, str]:
    """What stands in ORDERS, and what stands there with one more role."""
    role = f"  - role: desk\n    access: {access}\n    customProperties:\n      - property: {name}\n        value: {value}"
    return "access: write", f"access: write\n{role}"


# kind, what is written instead of what, and the text on whose line the problem must be reported
WRONG = [
    ("not_yaml", "name: orders\nversion", "name: [orders\nversion", "version"),
    ("not_yaml", "name: shop", "name: !!python/name:os.system", "name: !!python"),
    ("not_yaml", "status: active", "1: active", "1: active"),
    ("duplicate_key", "status: active", "status: active\nkind: DataContract", "kind: DataContract\nteam"),
    ("not_odcs", "apiVersion: v3.2.0\nkind: DataContract\n", "", "id: orders"),
    ("not_odcs", "kind: DataContract", "kind: Contract", "kind: Contract"),
    ("not_odcs", "status: active", "statuses: active", "statuses"),
    ("not_odcs", "        classification: internal", "        clasification: internal", "clasification"),
    ("not_odcs", "required: true\n      - name: placed_at", "required: often\n      - name: placed_at", "often"),
    ("no_owner", "team:\n  name: shop", "team: shop", "team: shop"),
    ("api_version", "apiVersion: v3.2.0", "apiVersion: v3.0.2", "apiVersion"),
    ("api_version", "apiVersion: v3.2.0\n", "", "kind"),
    ("missing_dataset", "name: orders\nversion", "version", "apiVersion"),
    ("dataset_name", "name: orders\nversion", "name: Orders\nversion", "name: Orders"),
    ("dataset_name", "name: orders\nversion", "name: orders_v2\nversion", "name: orders_v2"),
    ("missing_version", "version: 1.2.0\n", "", "apiVersion"),
    ("bad_version", "version: 1.2.0", "version: '1.2'", "version"),
    ("bad_version", "version: 1.2.0", "version: 0.2.0", "version"),
    ("bad_version", "version: 1.2.0", "version: 1.02.0", "version"),
    ("schema_count", "  - name: orders\n", "  - name: other\n    properties:\n      - {name: a, logicalType: string}\n  - name: orders\n", "schema"),
    ("schema_name", "  - name: orders\n", "  - name: others\n", "- name: others"),
    ("no_fields", "team:", "team:", "  - name: orders\n"),
    ("field_name", "- name: note", "- name: a note", "- name: a note"),
    ("duplicate_property", "- name: note", "- name: amount", "- name: amount\n        logicalType: string"),
    ("duplicate_property", "- name: note", "- name: Amount", "- name: Amount"),
    ("physical_name", "- name: note", "- name: note\n        physicalName: NOTE", "physicalName"),
    ("unknown_type", "physicalType: decimal(10,2)", "physicalType: decimal(39,2)", "physicalType"),
    ("unknown_type", "physicalType: decimal(10,2)", "physicalType: varchar", "physicalType"),
    ("unknown_type", "logicalType: number", "logicalType: vector", "logicalType: vector"),
    ("unknown_type", "logicalType: string\n        classification", "logicalType: object\n        classification", "- name: note"),
    ("unknown_type", "logicalType: string\n        classification", "logicalType: array\n        classification", "- name: note"),
    ("unknown_type", "logicalType: string\n        classification", "classification", "- name: note"),
    ("classification", "classification: internal", "classification: confidental", "classification"),
    ("unknown_option", "classification: internal", "logicalTypeOptions: {format: email}", "logicalTypeOptions"),
    ("pattern", "classification: internal", "logicalTypeOptions: {pattern: '['}", "logicalTypeOptions"),
    ("id_field", "value: [order_id]", "value: [order_nr]", "value: [order_nr]"),
    ("id_field_not_required", "value: [order_id]", "value: [note]", "value: [note]"),
    ("id_field_type", "decimal(10,2)\n", "double\n        required: true\n", "value: [order_id]"),
    ("primary_key", "- name: note", "- name: note\n        primaryKey: true", "value: [order_id]"),
    ("event_time", "value: placed_at", "value: placed", "value: placed"),
    ("event_time_type", "value: placed_at", "value: order_id", "value: order_id"),
    ("event_time_type", "logicalType: timestamp\n        required: true", "logicalType: timestamp", "value: placed_at"),
    ("missing_id_fields", "  - property: idFields\n    value: [order_id]\n", "", "customProperties"),
    ("sla_element", "    unit: s", "    unit: s\n    element: flights.placed_at", "element: flights"),
    ("sla_element", "    unit: s", "    unit: s\n    element: orders.placed", "element: orders.placed"),
    ("sla_element", "    unit: s", "    unit: s\n    element: orders.note.text", "element: orders.note"),
    ("sla_element", "    unit: s", "    unit: s\n    element: orders.note, flights", "element: orders.note"),
    ("partitions", "value: 3", "value: 0", "value: 0"),
    ("partitions", "value: 3", "value: three", "value: three"),
    ("partitions", "value: 3", "value: true", "value: true"),
    ("custom_property", "value: api", "value: ftp", "value: ftp"),
    ("custom_property", "value: [order_id]", "value: [order_id, order_id]", "value: [order_id, order_id]"),
    ("duration", "value: P30D", "value: P1M", "value: P1M"),
    ("duration", "unit: s", "unit: m", "value: 5"),
    ("duration", "value: 5", "value: -5", "value: -5"),
    ("duration", "- property: mode", "- property: dedupeWindow\n    value: a week\n  - property: mode", "a week"),
    ("missing_sla", "  - property: retention\n    value: P30D\n", "", "slaProperties"),
    ("duplicate_sla_property", "- property: retention", "- property: freshness", "- property: freshness\n    value: P30D"),
    ("completeness", "  - property: retention", "  - property: completeness\n    value: 2\n  - property: retention", "value: 2"),
    ("missing_custom_property", "  - property: mode\n    value: append\n", "", "customProperties"),
    ("unknown_custom_property", "- property: mode", "- property: mood", "- property: mood"),
    ("duplicate_custom_property", "- property: mode", "- property: source", "- property: source\n    value: append"),
    ("no_owner", "team:\n  name: shop\n", "", "apiVersion"),
    ("no_owner", "team:\n  name: shop", "team:\n  description: shop", "team"),
    ("no_producer", "access: write", "access: read", "roles"),
    ("role_access", "access: write", "access: write\n  - role: guest\n    access: wirte", "access: wirte"),
    ("field_name", "- name: note", "- name: Lake_note", "- name: Lake_note"),
    ("row_filter", *_filtered("{order_id: [a]}", access="write"), "property: rowFilter"),
    ("row_filter", *_filtered("{}"), "value: {}"),
    ("row_filter", *_filtered("{town: [a]}"), "value: {town"),
    ("row_filter", *_filtered("{amount: [1]}"), "value: {amount"),
    ("row_filter", *_filtered("{order_id: a}"), "value: {order_id"),
    ("row_filter", *_filtered("{order_id: [1]}"), "value: {order_id"),
    ("row_filter", *_filtered("{order_id: []}"), "value: {order_id"),
    ("unknown_custom_property", *_filtered("{order_id: [a]}", name="rowFliter"), "property: rowFliter"),
    ("row_filter", "access: write", "access: write\n  - {role: desk, access: read}\n" + _filtered("{order_id: [a]}")[1][14:], "property: rowFilter"),
    ("quality_metric", "metric: nullValues", "metric: emptyValues", "metric"),
    ("quality_metric", "- metric: nullValues\n            mustBe", "- mustBe", "- mustBe"),
    ("quality_operator", "            mustBe: 0\n", "", "- metric"),
    ("quality_query", "- metric: nullValues", "- type: sql", "- type: sql"),
    ("quality_type", "- metric: nullValues", "- type: custom\n            engine: soda\n            implementation: x", "type: custom"),
    ("quality_severity", "mustBe: 0", "mustBe: 0\n            severity: bad", "severity"),
    ("duplicate_quality_name", "mustBe: 0\n", "mustBe: 0\n          - metric: nullValues\n            mustBe: 0\n", "the second one"),
]  # fmt: skip


def _wrong(kind: str, old: str, new: str) -> str:
    assert old in ORDERS
    text = ORDERS.replace(old, new, 1)
    if kind == "no_fields":
        start, end = text.index("    properties:"), text.index("slaProperties")
        text = text[:start] + text[end:]
    if kind == "id_field_type":
        text = text.replace("[order_id]", "[order_id, amount]")
    if kind == "missing_id_fields":
        text = text.replace("value: append", "value: upsert")
    return text


@pytest.mark.parametrize(
    ("kind", "old", "new", "place"), WRONG, ids=[f"{kind}-{n}" for n, (kind, *_) in enumerate(WRONG)]
)
def test_what_is_wrong_is_named_at_its_line_with_what_would_be_right(
    kind: str, old: str, new: str, place: str
) -> None:
    text = _wrong(kind, old, new)
    places = {
        "id_field_type": "value: [order_id, amount]",
        "duplicate_quality_name": "- metric: nullValues\n            mustBe: 0\n      - name",
    }
    found = [(problem.kind, problem.line) for problem in problems_of(text)]
    assert (kind, line_of(text, places.get(kind, place))) in found
    assert all(problem.what and problem.instead for problem in problems_of(text))


def test_a_role_may_see_some_rows_only() -> None:
    text = ORDERS.replace(*_filtered("{order_id: [a, b]}"))
    contract = parse_contract(text, "orders")
    assert contract.row_filters == {"desk": {"order_id": ("a", "b")}}
    assert contract.readers == {"desk"}


def test_what_a_service_level_is_about_may_be_the_schema_its_fields_and_fields_in_them() -> None:
    struct = "logicalType: object\n        properties:\n          - {name: text, logicalType: string}"
    text = ORDERS.replace("logicalType: string\n        classification: internal", struct)
    elements = "orders, orders.placed_at,orders.note.text"
    parse_contract(text.replace("    unit: s", f"    unit: s\n    element: {elements}"), "orders")


@pytest.mark.parametrize("kind", ["bad_version", "unknown_custom_property", "duration", "no_producer"])
def test_one_mistake_is_one_problem(kind: str) -> None:
    _, old, new, _ = next(case for case in WRONG if case[0] == kind)
    extra = {"unknown_custom_property": {"missing_custom_property"}}.get(kind, set[str]())
    assert {problem.kind for problem in problems_of(_wrong(kind, old, new))} == {kind, *extra}


def test_every_problem_of_a_document_is_reported_at_once() -> None:
    text = ORDERS.replace("version: 1.2.0", "version: one")
    text = text.replace("value: 3", "value: many").replace("metric: nullValues", "metric: holes")
    text = text.replace("access: write", "access: read").replace("status:", "state:")
    kinds = {problem.kind for problem in problems_of(text)}
    assert kinds == {"bad_version", "partitions", "quality_metric", "no_producer", "not_odcs"}


def test_the_message_can_be_followed_by_an_editor() -> None:
    with pytest.raises(InvalidContract, match=r"orders\.odcs\.yaml:5: The version 'one'"):
        parse_contract(ORDERS.replace("1.2.0", "one"), "orders.odcs.yaml")


def test_a_near_miss_is_answered_with_the_right_word() -> None:
    found = problems_of(ORDERS.replace("property: partitions", "property: partition"))
    assert any("Did you mean partitions?" in problem.instead for problem in found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "orders",
        "null",
        "{}",
        "a: &a [*a]\n",
        "[" * 5000,
        "\x00",
        '"\\ud800": 1',
        'a: ["\\ud800"]',
    ],
)
def test_what_is_no_contract_at_all_is_refused_in_words(text: str) -> None:
    assert problems_of(text)


def test_a_contract_becomes_values() -> None:
    contract = parse_contract(ORDERS, "orders.odcs.yaml")
    assert contract.version == Version(1, 2, 0)
    assert contract.topic == "events.orders"
    assert contract.id_fields == ("order_id",)
    assert contract.event_time == "placed_at"
    assert contract.producers == {"till"}
    assert (contract.freshness, contract.retention) == (timedelta(seconds=5), timedelta(days=30))
    assert contract.dedupe_window == timedelta(days=7)
    assert [field.type.sql for field in contract.fields] == ["string", "timestamp", "decimal(10,2)", "string"]
    assert contract.quality[0].name == "amount_nullValues_mustBe_0"


def test_a_new_major_version_has_an_address_a_topic_and_a_table_of_its_own() -> None:
    contract = parse_contract(ORDERS.replace("1.2.0", "2.0.0"), "orders.odcs.yaml")
    assert (contract.address, contract.topic) == ("orders.v2", "events.orders.v2")
    assert contract.bronze_path == "bronze/orders_v2"


def test_properties_of_other_vendors_are_left_alone() -> None:
    text = ORDERS + "  - property: shade\n    value: blue\n    vendor: acme\n"
    assert parse_contract(text, "orders.odcs.yaml").dataset == "orders"


def test_dates_in_a_contract_stay_text() -> None:
    text = ORDERS.replace("status: active", "status: active\ncontractCreatedTs: 2026-01-31T10:00:00Z")
    assert parse_contract(text, "orders.odcs.yaml").dataset == "orders"


def test_an_older_version_of_the_standard_is_read() -> None:
    assert parse_contract(ORDERS.replace("v3.2.0", "v3.1.0"), "orders.odcs.yaml").dataset == "orders"


def test_the_contract_of_the_flights_says_what_the_road_needs(flights: Contract) -> None:
    assert len(flights.fields) == 19
    assert flights.id_fields == ("time_hour", "carrier", "flight")
    assert (flights.event_time, flights.partitions, flights.mode, flights.source) == (
        "time_hour",
        3,
        "append",
        "api",
    )
    assert flights.producers == {"airport-ops"}
    assert all(field.description for field in flights.fields)


def test_nested_fields_have_spark_types(examples: Path, golden: Contract) -> None:
    types = {field.name: field.type.sql for field in golden.fields}
    assert types["address"] == "struct<city:string,since:timestamp>"
    assert types["items"] == "array<struct<price:decimal(6,2)>>"


def _bomb(levels: int) -> str:
    """A few lines that stand for nine times as many values with each level."""
    names = "abcdefghij"[:levels]
    first = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    return first + "".join(
        f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in pairwise(names)
    )


# Each would take hours or all memory if it were read to its end.
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (_bomb(10), "the alias *a stands for something else: write it out"),
        ("a: &a " + "x" * 500_000 + "\nb: [" + ",".join(["*a"] * 50_000) + "]\n", "write it out"),
        ("a: &a [*a]\n", "write it out"),
        ("a: &a {b: c}\nd: {<<: *a}\n", "write it out"),
        ("a: [" + "x," * 100_000 + "]\n", "more than 50000 values"),
        ("[" * 1_000_000, "nested too deeply"),
        ("{a: " * 200_000, "nested too deeply"),
        ("- " * 500_000, "nested too deeply"),
        ("# " + "x" * 1_100_000, "at most 1048576"),
    ],
    ids=lambda value: value[:12],
)
def test_a_few_lines_never_cost_more_than_they_say(text: str, why: str) -> None:
    (problem,) = problems_of(text)
    assert why in str(problem)


def test_a_contract_with_thousands_of_fields_is_read(flights_text: str) -> None:
    many = "".join(
        f"      - {{name: extra_{number}, logicalType: string, physicalType: string}}\n"
        for number in range(2000)
    )
    before, properties, after = flights_text.partition("    properties:\n")
    assert len(parse_contract(before + properties + many + after, "test").fields) > 2000
