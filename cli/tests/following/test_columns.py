"""Which column can fill which field."""

import pytest
from tidelake.cli.following.columns import ColumnType, takes
from tidelake.contracts.contract import Field
from tidelake.contracts.types import BOOLEAN, DATE, DOUBLE, STRING, TIMESTAMP, Array, Decimal, Scalar, Struct

INT, INTS = Scalar("int"), Array(Field("item", Scalar("int"), False, "", "internal", {}))
OBJECT = Struct(())
ALL = (STRING, BOOLEAN, DATE, TIMESTAMP, INT, DOUBLE, Decimal(9, 2), INTS, OBJECT)
NUMBERS = (INT, DOUBLE, Decimal(9, 2))
BY_TEXT = (STRING, DATE, TIMESTAMP, *NUMBERS, INTS, OBJECT)
"""What text may say."""


@pytest.mark.parametrize(
    ("name", "category", "item", "fit"),
    [
        ("text", "S", None, BY_TEXT),
        ("jsonb", "U", None, BY_TEXT),
        ("bool", "B", None, (BOOLEAN,)),
        ("int4", "N", None, NUMBERS),
        ("float8", "N", None, NUMBERS),
        ("numeric", "N", None, (STRING, *NUMBERS)),
        ("date", "D", None, (STRING, DATE)),
        ("timestamp", "D", None, (STRING, TIMESTAMP)),
        ("timestamptz", "D", None, (STRING, TIMESTAMP)),
        ("time", "D", None, (STRING,)),
        ("interval", "T", None, (STRING,)),
        ("uuid", "U", None, (STRING,)),
        ("grade", "E", None, (STRING, DATE, TIMESTAMP, *NUMBERS)),
        ("_int4", "A", ColumnType("int4", "N"), (INTS,)),
        ("_bool", "A", ColumnType("bool", "B"), ()),
        ("point", "G", None, BY_TEXT),
    ],
)
def test_a_column_fills_the_fields_that_its_values_can_be(
    name: str, category: str, item: ColumnType | None, fit: tuple[object, ...]
) -> None:
    column = ColumnType(name, category, item)
    assert [type_ for type_ in ALL if takes(type_, column)] == [type_ for type_ in ALL if type_ in fit]
