"""Whether a table's columns can fill the fields of the contract that follows it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tidelake.contracts.contract import Contract, SourceTable
from tidelake.contracts.types import BOOLEAN, DATE, STRING, TIMESTAMP, Array, FieldType, Struct

from .problems import Reason, instead

# PostgreSQL's typcategory, see its documentation of pg_type.
_ARRAY, _BOOLEAN, _BITS, _TIMES, _ENUM, _NUMBERS, _SPAN = "A", "B", "V", "D", "E", "N", "T"
_JSON_NUMBERS = ("int2", "int4", "int8", "float4", "float8", "oid")  # as text come numeric and money
_NO_DAYS = ("timestamp", "timestamptz", "time", "timetz")
_NO_INSTANTS = ("date", "time", "timetz")


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A type in PostgreSQL's catalogue; of a domain what it is made of."""

    name: str  # typname
    category: str  # typcategory
    item: "ColumnType | None" = None  # of an array


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column of the table."""

    name: str
    written: str  # its type in SQL
    type: ColumnType
    dimensions: int = 0  # as declared, which binds no value
    generated: bool = False  # by an expression


def reasons_against_columns(
    columns: Sequence[SourceColumn], contract: Contract, table: SourceTable, *, begun: bool
) -> list[Reason]:
    """What of the contract the columns can't fill, one reason of each kind. Columns that the contract does
    not name are nobody's matter."""
    known = {column.name: column for column in columns}
    named = [(field, known[field.name]) for field in contract.fields if field.name in known]
    outside = instead(contract, "take it out of the contract", begun=begun)
    found: list[Reason] = []
    if missing := [field.name for field in contract.fields if field.name not in known]:
        found.append(
            Reason(
                f"It has no column {', '.join(missing)}, which the contract names: silver has null in its "
                "place, and a change goes to quarantine if the field is required.",
                "If it was renamed, let the table's owner run: ALTER TABLE "
                f'"{table.schema}"."{table.name}" RENAME COLUMN "..." TO "{missing[0]}"; If it was '
                f"dropped, add it, {outside}",
            )
        )
    if generated := [column.name for _, column in named if column.generated]:
        found.append(
            Reason(
                f"Its column {', '.join(generated)} is generated: PostgreSQL tells its value in no change, "
                "so silver would have null there, or the change in quarantine, once a row is written again.",
                f"Make it an ordinary column, which a trigger may fill, {outside}",
            )
        )
    if nested := [column.name for _, column in named if column.dimensions > 1]:
        found.append(
            Reason(
                f"Its column {', '.join(nested)} is an array of more than one dimension: its values would "
                "come as arrays of null.",
                f"Make it jsonb, {outside}",
            )
        )
    if other := [
        f"{column.name} is {column.written}, and the contract says {field.type.sql}"
        for field, column in named
        if not takes(field.type, column.type)
    ]:
        found.append(
            Reason(
                f"Types do not fit ({'; '.join(other)}): a change with a value there goes to quarantine, or "
                "comes as null if it was written before the column's type was changed.",
                f"Mend the column's type, {instead(contract, 'let the contract say so', begun=begun)}",
            )
        )
    return found


def takes(type_: FieldType, column: ColumnType) -> bool:
    """Whether any value of the column can be one of the field, as Debezium writes it and silver reads it
    (its README, "Change data"). What text says is judged value by value, and so is what nobody knows here."""
    if isinstance(type_, Array) and column.category == _ARRAY:
        return column.item is None or takes(type_.item.type, column.item)
    if isinstance(type_, Array | Struct):
        never: Collection[str] = (_ARRAY, _BOOLEAN, _TIMES, _ENUM, _NUMBERS, _SPAN)
        return column.category not in never and column.name != "uuid"
    if type_ == BOOLEAN:
        return column.category in (_BOOLEAN, _BITS)
    if column.category in (_ARRAY, _BOOLEAN):
        return False
    if type_ == STRING:
        return column.name not in _JSON_NUMBERS
    return _takes_as_text(type_, column)


def _takes_as_text(type_: FieldType, column: ColumnType) -> bool:
    """Of days, instants and numbers."""
    if column.category == _SPAN or column.name == "uuid":
        return False
    if type_ == DATE:
        return column.category != _NUMBERS and column.name not in _NO_DAYS
    if type_ == TIMESTAMP:
        return column.category != _NUMBERS and column.name not in _NO_INSTANTS
    return column.category != _TIMES
