"""What a contract classifies never stands in a message, wherever a sender puts it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidelake.contracts.admission import Admitted, Door, Refused
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.masking import has_masked
from tidelake.contracts.types import Struct

SECRET = "078-05-1120"
EXAMPLES = Path(__file__).parents[1] / "examples"
# Records that hold the secret where it may not be shown.
RECORDS = [
    json.loads(line)["record"] for line in (EXAMPLES / "golden_masked_records.jsonl").read_text().splitlines()
]


def _type(kind: str, **more: object) -> dict[str, object]:
    return {"type": [kind, "null"], **more}


_SSN = _type("object", properties={"ssn": _type("string")})
_IDS = _type("object", properties={"ids": _type("array", items=_type("string"))})
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["k"],
    "properties": {
        "k": {"type": "integer"},
        "mail": _type("string"),
        "score": _type("number"),
        "flat": _type("object", properties={"city": _type("string")}),
        "person": _SSN,
        "persons": _type("array", items=_IDS),
    },
}


@pytest.fixture(scope="module")
def people() -> Contract:
    return parse_contract((EXAMPLES / "golden_masked.odcs.yaml").read_text(), "people")


@pytest.fixture(scope="module")
def door(people: Contract) -> Door:
    return Door(people, json.dumps(SCHEMA).encode())


def test_a_masked_field_is_found_at_any_depth(people: Contract) -> None:
    found = [field.name for field in people.fields if has_masked(field.type)]
    assert found == ["person", "persons"]
    assert has_masked(Struct(people.fields))
    assert not has_masked(Struct(people.fields[:4]))


@pytest.mark.parametrize("record", RECORDS)
def test_no_message_shows_what_may_be_classified(record: str, door: Door) -> None:
    verdict = door.admit(record.encode())
    assert isinstance(verdict, Refused)
    assert SECRET not in repr(verdict)
    assert SECRET[2:] not in repr(verdict)  # what the decoder shows of broken JSON begins in the middle


def test_a_byte_that_is_no_text_is_not_shown(door: Door) -> None:
    verdict = door.admit(b'{"k":1,"person":{"ssn":"\xa7"}}')
    assert isinstance(verdict, Refused)
    assert verdict.problems[0].value == "a byte at offset 24"


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        ('{"k":"one"}', "k", '"one"'),
        ('{"k":1,"mail":5}', "mail", "5"),
        ('{"k":1,"flat":"Berlin"}', "flat", '"Berlin"'),
        ('{"k":1,"score":1.25}', "score", "1.25"),
        ('{"k":1,"k":2}', "k", "twice"),
        ('{"k":1,"person":{"ssn":"1","ssn":"2"}}', "ssn", "twice"),
    ],
)
def test_what_the_contract_describes_as_open_is_still_shown(
    record: str, field: str, value: str, door: Door
) -> None:
    verdict = door.admit(record.encode())
    assert isinstance(verdict, Refused)
    assert (verdict.problems[0].field, verdict.problems[0].value) == (field, value)


@pytest.mark.parametrize(
    "schema",
    [{"maxProperties": 1}, {"additionalProperties": False}, {"additionalProperties": {"type": "integer"}}],
)
def test_a_schema_that_says_more_than_the_contract_shows_no_more(
    schema: dict[str, object], people: Contract
) -> None:
    door = Door(people, json.dumps({**SCHEMA, **schema}).encode())
    verdict = door.admit(json.dumps({"k": 1, SECRET: SECRET}).encode())
    assert isinstance(verdict, Refused)
    assert SECRET not in repr(verdict)


_OPEN = st.none() | st.booleans() | st.just(SECRET)
_NESTED = st.recursive(
    _OPEN,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["ssn", "ids", "city", SECRET]), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries(
        {"k": st.just(1)}, optional={"person": _NESTED, "persons": _NESTED, SECRET: _NESTED}
    )
)
def test_no_shape_of_a_record_shows_it(door: Door, record: dict[str, Any]) -> None:
    verdict = door.admit(json.dumps(record).encode())
    assert isinstance(verdict, Admitted | Refused)
    assert isinstance(verdict, Admitted) or SECRET not in repr(verdict)
