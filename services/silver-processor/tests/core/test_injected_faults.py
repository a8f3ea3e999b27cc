"""Faults put into sound records, their number known for each rule: each one is found, and nothing else is."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from silver_processor.core.judging import Judge
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer]

RECORDS = 4_000
FAULTY_SHARE = 0.4
MOST_FAULTS = 3
CITIES = ["EWR", "JFK", "LGA"]

STAYS = """
apiVersion: v3.2.0
kind: DataContract
id: stays
name: stays
version: 1.0.0
status: active
team: {name: test-owners}
roles: [{role: terminals, access: write}]
schema:
  - name: stays
    properties:
      - {name: id, logicalType: integer, physicalType: bigint, required: true}
      - {name: at, logicalType: timestamp, required: true}
      - {name: small, logicalType: integer, physicalType: tinyint}
      - {name: price, logicalType: number, physicalType: "decimal(8,2)"}
      - {name: ratio, logicalType: number, physicalType: double}
      - {name: open, logicalType: boolean}
      - {name: day, logicalType: date}
      - {name: code, logicalType: string, logicalTypeOptions: {pattern: "^[A-Z]{2}$"}}
      - {name: note, logicalType: string, logicalTypeOptions: {maxLength: 8}}
      - {name: size, logicalType: string, enum: [{value: S}, {value: L}]}
      - name: city
        logicalType: string
        quality:
          - {name: city_is_known, type: library, metric: invalidValues, mustBe: 0, unit: rows,
             severity: error, arguments: {validValues: [EWR, JFK, LGA]}}
      - name: plane
        logicalType: string
        quality:
          - {name: plane_is_a_number, type: library, metric: invalidValues, mustBe: 0, unit: rows,
             severity: error, arguments: {pattern: "^N[0-9]+$"}}
      - name: guest
        logicalType: string
        quality:
          - {name: guest_is_there, type: library, metric: nullValues, mustBe: 0, unit: rows, severity: error}
      - name: mail
        logicalType: string
        quality:
          - {name: mail_is_given, type: library, metric: missingValues, mustBe: 0, unit: rows,
             severity: error, arguments: {missingValues: [null, "", "n/a"]}}
slaProperties:
  - {property: freshness, value: 5, unit: s}
  - {property: retention, value: 7, unit: d}
customProperties:
  - {property: source, value: api}
  - {property: mode, value: append}
  - {property: partitions, value: 1}
  - {property: idFields, value: [id]}
  - {property: eventTime, value: at}
"""

Rule = tuple[str, str]
"""Field and rule, as `broken` names them."""
Record = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """A field's value, the rule it breaks, and what may stand there without breaking anything."""

    rule: Rule
    wrong: Callable[[random.Random], Any]


ABSENT = object()
FAULTS = [
    Fault(("id", "required"), lambda _: ABSENT),
    Fault(("id", "type"), lambda dice: str(dice.randrange(1000))),
    Fault(("at", "format"), lambda dice: f"2026-02-{dice.randint(29, 31)}T00:00:00Z"),
    Fault(("small", "range"), lambda dice: dice.choice([128, -129, 70_000])),
    Fault(("price", "scale"), lambda dice: dice.randrange(1000) + 0.125),
    Fault(("ratio", "type"), lambda _: "NaN"),
    Fault(("open", "type"), lambda dice: dice.choice([0, 1, "true"])),
    Fault(("day", "format"), lambda dice: f"2026-13-{dice.randint(10, 28)}"),
    Fault(("code", "pattern"), lambda dice: dice.choice(["ab", "A", "ABC", "A1", "", " AB"])),
    Fault(("note", "length"), lambda dice: "n" * dice.randint(9, 40)),
    Fault(("size", "enum"), lambda dice: dice.choice(["s", "M", "", "S "])),
    Fault(("city", "city_is_known"), lambda dice: dice.choice(["ewr", "BOS", "", " JFK"])),
    Fault(("plane", "plane_is_a_number"), lambda dice: dice.choice(["n1", "N", "1N", "N1x", ""])),
    Fault(("guest", "guest_is_there"), lambda dice: dice.choice([None, ABSENT])),
    Fault(("mail", "mail_is_given"), lambda dice: dice.choice([None, ABSENT, "", "n/a"])),
]


@pytest.fixture(scope="module")
def stays() -> Contract:
    return parse_contract(STAYS, "stays")


def sound(number: int, dice: random.Random) -> Record:
    """A record that breaks nothing, with values at the edges of what is allowed."""

    def perhaps(value: Any) -> Any:
        return value if dice.random() < 0.8 else None

    return {
        "id": number,
        "at": f"2026-02-{dice.randint(10, 28)}T{dice.randint(10, 23)}:00:00Z",
        "small": perhaps(dice.choice([127, -128, 0, 1.0])),
        "price": perhaps(dice.choice([999_999.99, -0.01, 1.5, 1e2, 0])),
        "ratio": perhaps(dice.random()),
        "open": perhaps(dice.random() < 0.5),
        "day": perhaps("2024-02-29"),
        "code": perhaps(dice.choice(["AA", "ZZ"])),
        "note": perhaps(dice.choice(["", "12345678", "ééééé€€€", "😀😀😀😀"])),
        "size": perhaps(dice.choice("SL")),
        "city": perhaps(dice.choice(CITIES)),
        "plane": perhaps(f"N{dice.randrange(10_000)}"),
        "guest": dice.choice(["", "null", "x"]),
        "mail": dice.choice([" ", "N/A", "a@b"]),
    }


def faulty(record: Record, dice: random.Random) -> frozenset[Rule]:
    """Puts one or more faults into the record, at most one a field, and returns the rules it now breaks."""
    chosen: dict[str, Fault] = {}
    for fault in dice.sample(FAULTS, dice.randint(1, MOST_FAULTS)):
        chosen.setdefault(fault.rule[0], fault)
    for name, fault in chosen.items():
        if (value := fault.wrong(dice)) is ABSENT:
            record.pop(name)
        else:
            record[name] = value
    return frozenset(fault.rule for fault in chosen.values())


def test_each_injected_fault_is_found_and_nothing_else(bronze_of: Any, stays: Contract, seed: int) -> None:
    dice = random.Random(seed)
    records = [sound(number, dice) for number in range(RECORDS)]
    injected = {
        offset: faulty(records[offset], dice)
        for offset in sorted(dice.sample(range(RECORDS), int(RECORDS * FAULTY_SHARE)))
    }
    rows = Judge(stays).judge(bronze_of([json.dumps(record).encode() for record in records])).collect()
    found = {
        row["offset"]: frozenset((broken["field"], broken["rule"]) for broken in row["broken"])
        for row in rows
        if row["broken"]
    }
    scores = precision_and_recall(injected, found)
    assert scores == {fault.rule: (1.0, 1.0) for fault in FAULTS}, scores
    assert len(rows) == RECORDS
    assert {row["offset"] for row in rows if row["record"] is None} == set(injected)


def precision_and_recall(
    injected: Mapping[int, frozenset[Rule]], found: Mapping[int, frozenset[Rule]]
) -> Mapping[Rule, tuple[float, float]]:
    """By rule: the share of what was found that was injected, and of what was injected that was found."""
    true, told, put = Counter[Rule](), Counter[Rule](), Counter[Rule]()
    for offset in injected.keys() | found.keys():
        here, there = found.get(offset, frozenset()), injected.get(offset, frozenset())
        told.update(here)
        put.update(there)
        true.update(here & there)
    return {
        rule: (true[rule] / (told[rule] or 1), true[rule] / (put[rule] or 1))
        for rule in sorted(told.keys() | put.keys())
    }
