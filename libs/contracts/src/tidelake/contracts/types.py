"""The types that a field of a dataset can have, and the one mapping from a contract's words to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidelake.contracts.contract import Field


@dataclass(frozen=True, slots=True)
class Scalar:
    """A type without parts. `name` is Spark's and Delta's SQL word for it."""

    name: str

    @property
    def sql(self) -> str:
        """The type as Spark SQL writes it."""
        return self.name


@dataclass(frozen=True, slots=True)
class Decimal:
    """A decimal number with a fixed place for its point."""

    precision: int  # digits in all, 1 to 38
    scale: int  # digits behind the point, 0 to precision

    @property
    def sql(self) -> str:
        """The type as Spark SQL writes it."""
        return f"decimal({self.precision},{self.scale})"


@dataclass(frozen=True, slots=True)
class Struct:
    """An object with named fields of its own."""

    fields: tuple[Field, ...]

    @property
    def sql(self) -> str:
        """The type as Spark SQL writes it."""
        return f"struct<{','.join(f'{field.name}:{field.type.sql}' for field in self.fields)}>"


@dataclass(frozen=True, slots=True)
class Array:
    """Any number of values of one type. Values may be null unless the item is required."""

    item: Field

    @property
    def sql(self) -> str:
        """The type as Spark SQL writes it."""
        return f"array<{self.item.type.sql}>"


FieldType = Scalar | Decimal | Struct | Array

STRING = Scalar("string")
BOOLEAN = Scalar("boolean")
DATE = Scalar("date")
TIMESTAMP = Scalar("timestamp")
DOUBLE = Scalar("double")
FLOAT = Scalar("float")

INTEGER_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}

# logicalType -> physicalType as written -> type. The first one listed is taken when none is written.
_SCALARS: dict[str, dict[str, Scalar]] = {
    "string": {"string": STRING, "varchar": STRING, "text": STRING},
    "integer": {
        "bigint": Scalar("bigint"),
        "long": Scalar("bigint"),
        "int": Scalar("int"),
        "integer": Scalar("int"),
        "smallint": Scalar("smallint"),
        "short": Scalar("smallint"),
        "tinyint": Scalar("tinyint"),
        "byte": Scalar("tinyint"),
    },
    "number": {"double": DOUBLE, "float": FLOAT, "real": FLOAT},
    "boolean": {"boolean": BOOLEAN},
    "date": {"date": DATE},
    "timestamp": {"timestamp": TIMESTAMP},
}
_DECIMAL = re.compile(r"decimal\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)|decimal\(\s*(\d{1,2})\s*\)")
# Types with parts have one physical spelling each; what they hold is in `properties` and `items`.
NESTED = {"object": "struct", "array": "array"}


def scalar_type(logical: str, physical: str | None) -> Scalar | Decimal | None:
    """Type of a field without parts, or None when the lake knows no such pair."""
    known = _SCALARS.get(logical)
    if known is None:
        return None
    if physical is None:
        return next(iter(known.values()))
    written = physical.strip().lower()
    if logical == "number" and (match := _DECIMAL.fullmatch(written)):
        precision = int(match[1] or match[3])
        scale = int(match[2] or 0)
        return Decimal(precision, scale) if 1 <= precision <= 38 and scale <= precision else None
    return known.get(written)


def physical_types(logical: str) -> tuple[str, ...] | None:
    """Every physicalType that goes with a logicalType, for messages; None for an unknown logicalType."""
    if logical in NESTED:
        return (NESTED[logical],)
    known = _SCALARS.get(logical)
    if known is None:
        return None
    return (*known, "decimal(precision,scale)") if logical == "number" else tuple(known)


def logical_types() -> tuple[str, ...]:
    """Every logicalType that the lake keeps."""
    return (*_SCALARS, *NESTED)
