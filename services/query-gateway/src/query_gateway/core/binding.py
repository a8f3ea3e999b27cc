"""Values for the ? of a query: bound by Trino's own EXECUTE IMMEDIATE, never put into the query's text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from query_gateway.core.refusals import malformed

Parameter = None | bool | int | float | str

_MAX_PARAMETERS = 1000
_BIGINT = range(-(2**63), 2**63)
_DECIMAL_END = 10**38


def bound(sql: str, wanted: int, parameters: Sequence[object]) -> str:
    """The statement that runs the query with these values. Raises QuestionRefused."""
    if len(parameters) != wanted or wanted > _MAX_PARAMETERS:
        raise malformed(
            f"The SQL has {wanted} placeholders (?), and {len(parameters)} parameters were sent.",
            f"Send one parameter for each ?, at most {_MAX_PARAMETERS}.",
        )
    if not wanted:
        return sql
    values = ", ".join(literal(value) for value in parameters)
    return f"EXECUTE IMMEDIATE {_text(sql)} USING {values}"


def literal(value: object) -> str:
    """Raises QuestionRefused for what is no plain value."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int) and value in _BIGINT:
        return str(value)
    if isinstance(value, int) and abs(value) < _DECIMAL_END:
        return f"DECIMAL '{value}'"
    if isinstance(value, int):
        raise malformed(
            "A parameter is a whole number of more than 38 digits, which no type of Trino's holds.",
            "Send it as text, if it is compared with text.",
        )
    if isinstance(value, float) and math.isfinite(value):
        return f"DOUBLE '{value!r}'"
    if isinstance(value, str):
        return _text(value)
    raise malformed(
        f"A parameter is a {type(value).__name__}.",
        "Send null, true, false, numbers or texts; for other types cast a text in the SQL: cast(? as date).",
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
