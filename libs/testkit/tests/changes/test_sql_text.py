from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest
from tidelake.testkit.changes.random_rows import keys_of, random_row
from tidelake.testkit.changes.sql_text import literal, updated
from tidelake.testkit.changes.tables import ORDER_LINES, VISITS, FollowedTable


@pytest.mark.parametrize("table", [ORDER_LINES, VISITS])
def test_an_update_names_the_columns_that_differ_and_the_row_by_its_key(table: FollowedTable) -> None:
    key = keys_of(table, 1)[0]
    row = {**random_row(Random(1), table, key), "price": Decimal("1.00")}
    text = updated(table, row, {**row, "price": Decimal("1.50")})
    assert text.startswith(f"update {table.sql_name} set price = '1.50' where {table.key[0]} = ")
    assert "set ok = ok where" in updated(table, row, row)


def test_a_constant_says_what_the_value_is() -> None:
    assert literal("it's") == "'it''s'"
    assert literal(b"\x00\xff") == r"'\x00ff'"
    assert literal(['a"\\', None, 3]) == '\'{"a\\"\\\\",null,"3"}\''
    assert literal(None) == "null"
