"""Values are bound as literals that Trino reads back as they were, and nothing in them becomes SQL."""

import math

import pytest
from query_gateway.core.binding import bound, literal
from query_gateway.core.refusals import QuestionRefused, Reason


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (0, "0"),
        (-(2**63), "-9223372036854775808"),
        (2**63 - 1, "9223372036854775807"),
        (2**63, "DECIMAL '9223372036854775808'"),
        (1 - 10**38, "DECIMAL '-" + "9" * 38 + "'"),
        (0.1, "DOUBLE '0.1'"),
        (1e300, "DOUBLE '1e+300'"),
        ("o'hare'); drop table x; --", "'o''hare''); drop table x; --'"),
        ("", "''"),
    ],
)
def test_plain_values_have_one_literal_each(value: object, text: str) -> None:
    assert literal(value) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, [1], {"a": 1}, b"x"])
def test_what_is_no_plain_value_is_refused_with_what_to_send(value: object) -> None:
    with pytest.raises(QuestionRefused, match="cast") as refused:
        literal(value)
    assert refused.value.reason == Reason.MALFORMED


@pytest.mark.parametrize("value", [10**38, -(10**50)])
def test_a_whole_number_that_no_type_holds_is_refused(value: int) -> None:
    with pytest.raises(QuestionRefused, match="more than 38 digits") as refused:
        literal(value)
    assert refused.value.reason == Reason.MALFORMED


def test_the_query_is_quoted_as_a_whole() -> None:
    sql = "select 'it''s' where x = ?"
    assert bound(sql, 1, ["a"]) == "EXECUTE IMMEDIATE 'select ''it''''s'' where x = ?' USING 'a'"
    assert bound("select 1", 0, []) == "select 1"


@pytest.mark.parametrize(("wanted", "given"), [(1, 0), (0, 1), (2, 1), (1001, 1001)])
def test_as_many_values_as_places(wanted: int, given: int) -> None:
    with pytest.raises(QuestionRefused, match=rf"has {wanted} placeholders \(\?\)"):
        bound("select ?", wanted, [1] * given)
