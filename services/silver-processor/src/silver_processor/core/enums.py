"""Values that a field may have, as JSON compares them: 1, 1.0 and 1e0 are one number, "1" is none."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.broken_rules import shortened
from tidelake.contracts.contract import Field

from silver_processor.core.bounds import exact
from silver_processor.core.brokenness import Rule
from silver_processor.core.seen import Seen


def enum_rules(value: Seen, field: Field) -> list[Rule]:
    """The rule that the contract's list of values sets, if it has one."""
    if "enum" not in field.constraints:
        return []
    listed: Sequence[Any] = field.constraints["enum"]
    texts = [one for one in listed if isinstance(one, str)]
    flags = [one for one in listed if isinstance(one, bool)]
    numbers = [one for one in listed if isinstance(one, int | float) and not isinstance(one, bool)]
    broken = (
        F.when(value.nothing, _null_is_broken(value, field, listed))
        .when(value.kind == "STRING", ~_among(value.get("string"), texts))
        .when(value.kind == "BOOLEAN", ~_among(value.get("boolean"), flags))
        .when(value.kind == "DOUBLE", ~_among(value.get("double"), [float(one) for one in numbers]))
        .when(value.is_number, ~_among(value.get("string"), [plain(exact(one)) for one in numbers]))
        .otherwise(True)
    )
    allowed = shortened(", ".join(str(one) for one in listed))
    return [Rule("enum", broken, F.lit(f"one of {allowed}"))]


def plain(number: Decimal) -> str:
    """A number as a variant writes an exact one: no exponent, no zeros at the end of its fraction."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _among(value: Column, listed: Sequence[Any]) -> Column:
    return value.isin(*listed) if listed else F.lit(False)


def _null_is_broken(value: Seen, field: Field, listed: Sequence[Any]) -> Column:
    """Null is a value beside others in JSON, absence is none."""
    return value.variant.isNotNull() if field.required and None not in listed else F.lit(False)
