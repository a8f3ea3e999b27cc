"""The published JSON Schema states all that JSON Schema can state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tidelake.contracts.contract import Contract
from tidelake.contracts.json_schema import tighten

EXPORTED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "at": {"type": "string", "format": "date-time"},
        "tiny": {"type": ["integer", "null"], "minimum": 0, "enum": [1, 2]},
        **{
            name: {"type": ["number", "null"]}
            for name in (
                "whole",
                "amount",
                "wide",
                "ratio",
                "single",
                "flag",
                "day",
                "text",
                "code",
                "secret",
            )
        },
        "size": {"type": ["string", "null"]},
        "address": {"type": "object", "properties": {"city": {}, "since": {}}},
        "items": {"type": "array", "items": {"type": "object", "properties": {"price": {}}}},
    },
    "required": ["id", "at"],
}


def test_whole_numbers_are_bound_by_their_width(golden: Contract) -> None:
    properties = tighten(EXPORTED, golden)["properties"]
    assert (properties["id"]["minimum"], properties["id"]["maximum"]) == (-(2**63), 2**63 - 1)
    assert properties["whole"]["maximum"] == 2**31 - 1


def test_the_contracts_own_bounds_stay_when_they_are_tighter(golden: Contract) -> None:
    tiny = tighten(EXPORTED, golden)["properties"]["tiny"]
    assert (tiny["minimum"], tiny["maximum"]) == (0, 127)


def test_values_of_quality_rules_bind_nobody_at_the_door(golden: Contract) -> None:
    properties = tighten(EXPORTED, golden)["properties"]
    assert "enum" not in properties["tiny"]
    assert properties["size"]["enum"] == ["S", "L", None]


def test_times_have_one_spelling_at_every_depth(golden: Contract) -> None:
    properties = tighten(EXPORTED, golden)["properties"]
    assert properties["at"]["pattern"] == properties["address"]["properties"]["since"]["pattern"]


def test_the_export_itself_is_left_as_it_was(golden: Contract) -> None:
    before = json.dumps(EXPORTED)
    tighten(EXPORTED, golden)
    assert json.dumps(EXPORTED) == before


def test_unknown_fields_stay_allowed(golden: Contract, examples: Path) -> None:
    schema = json.loads((examples / "golden.schema.json").read_bytes())
    assert "additionalProperties" not in schema
    assert schema.keys() >= {"properties", "required"}
