"""The one mapping from a contract's words to types."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tidelake.contracts.types import Decimal, logical_types, physical_types, scalar_type

_GUIDE = Path(__file__).parents[3] / "datasets/README.md"


def test_the_guide_names_exactly_the_types_that_are_known() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (`.*) \|$", _GUIDE.read_text(), re.MULTILINE)
    written = {logical: tuple(re.findall(r"`([^`]+)`", physical)) for logical, physical in rows}
    for logical in logical_types():
        known = physical_types(logical)
        assert known is not None
        assert written[logical][: len(known)] == known


@pytest.mark.parametrize(
    ("logical", "physical", "sql"),
    [
        ("integer", None, "bigint"),
        ("integer", "Long", "bigint"),
        ("integer", "short", "smallint"),
        ("number", None, "double"),
        ("number", "real", "float"),
        ("number", "DECIMAL( 10 , 2 )", "decimal(10,2)"),
        ("number", "decimal(5)", "decimal(5,0)"),
        ("string", "varchar", "string"),
        ("timestamp", None, "timestamp"),
    ],
)
def test_known_pairs_have_a_type(logical: str, physical: str | None, sql: str) -> None:
    found = scalar_type(logical, physical)
    assert found is not None
    assert found.sql == sql


@pytest.mark.parametrize(
    ("logical", "physical"),
    [
        ("number", "decimal(39,0)"),
        ("number", "decimal(5,6)"),
        ("number", "decimal(0,0)"),
        ("number", "int"),
        ("integer", "decimal(5,0)"),
        ("string", "int"),
        ("map", None),
        ("time", None),
    ],
)
def test_unknown_pairs_have_none(logical: str, physical: str | None) -> None:
    assert scalar_type(logical, physical) is None


def test_a_decimal_has_the_digits_that_were_asked_for() -> None:
    assert scalar_type("number", "decimal(38,6)") == Decimal(38, 6)
