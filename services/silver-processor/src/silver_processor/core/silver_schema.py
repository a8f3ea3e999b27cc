"""The columns that a contract's fields become in silver."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql.types import ArrayType, DataType, StructField, StructType
from tidelake.contracts.contract import Contract, Field
from tidelake.contracts.types import Array, FieldType, Struct


def silver_schema(contract: Contract) -> StructType:
    """One column a field, in the contract's order and with its descriptions as comments.

    All may be null: what is required is a rule about rows, told with its reason, and a later version of the
    contract may give it up without a new table. Needs a running session, which knows the types' SQL words.
    """
    return _struct(contract.fields)


def _struct(fields: Sequence[Field]) -> StructType:
    return StructType(
        [
            StructField(
                field.name,
                _type(field.type),
                nullable=True,
                metadata={"comment": field.description} if field.description else None,
            )
            for field in fields
        ]
    )


def _type(type_: FieldType) -> DataType:
    if isinstance(type_, Struct):
        return _struct(type_.fields)
    if isinstance(type_, Array):
        return ArrayType(_type(type_.item.type))
    return DataType.fromDDL(type_.sql)
