"""A row whose value is the record itself, as the door and log routes write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract
from tidelake.contracts.masking import has_masked, names_in
from tidelake.contracts.types import Struct

from silver_processor.core.brokenness import nothing_broken
from silver_processor.core.strict_json import RECORD, broken_json, deserves_a_look, is_whole, parsed

TEXT, VARIANT, FOUND, DOCUMENT = (f"judging_{step}" for step in ("text", "variant", "found", "document"))


class Reader(Protocol):
    """How a record is found in a row of bronze, as columns that are made once a contract."""

    @property
    def steps(self) -> Sequence[Mapping[str, Column]]:
        """Columns that lead to the record, each step asking for those before it. They make TEXT and VARIANT
        of the whole value, and FOUND: each field's variant under its name, null if there is no record."""
        ...

    @property
    def document(self) -> Column:
        """What is to be said before any field is looked at, as entries of `broken`; then nothing else is."""
        ...

    @property
    def ignored(self) -> Column:
        """Whether the row is none that a record could be in."""
        ...

    @property
    def answers(self) -> Mapping[str, Column]:
        """What else the verdict says of a row."""
        ...

    def unless_excused(self, field: str, fine: Column) -> Column:
        """`fine`, or that nothing is asked of the field in this row."""
        ...

    def counted(self, broken: Column) -> Column:
        """Of these entries of `broken` those about fields of which something is asked."""
        ...


class RecordReader:
    """The value is the record. Nothing but a tombstone is ignored."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.steps: Sequence[Mapping[str, Column]] = (
            {TEXT: value_text(), VARIANT: parsed(value_text())},
            {FOUND: F.when(is_whole(F.col(VARIANT)), fields_in(contract, F.col(VARIANT), RECORD))},
        )
        self.answers: Mapping[str, Column] = {}

    @property
    def document(self) -> Column:
        """See Reader.document."""
        text, found = F.col(TEXT), F.col(FOUND)
        strict = F.when(found.isNotNull(), ~deserves_a_look(text)).otherwise(text.isNull())
        return F.when(strict, nothing_broken()).otherwise(
            told_of_json(self._contract, is_object=found.isNotNull())
        )

    @property
    def ignored(self) -> Column:
        """See Reader.ignored."""
        return F.col(TEXT).isNull()

    def unless_excused(self, field: str, fine: Column) -> Column:  # noqa: ARG002
        """See Reader.unless_excused: every field is asked."""
        return fine

    def counted(self, broken: Column) -> Column:
        """See Reader.counted: all of them."""
        return broken


def value_text() -> Column:
    """The value of a row of bronze as text."""
    return F.col("value").cast("string")


def fields_in(contract: Contract, variant: Column, path: str) -> Column:
    """Each field's variant under its name; null if there is no object at the path."""
    parts = f"struct<{','.join(f'{field.name}:variant' for field in contract.fields)}>"
    return F.try_variant_get(variant, path, parts)


def told_of_json(contract: Contract, *, is_object: Column) -> Column:
    """What is wrong with the JSON of TEXT, as entries of `broken`."""
    masked, named = has_masked(Struct(contract.fields)), frozenset(names_in(contract.fields))
    return broken_json(F.col(TEXT), F.col(VARIANT), is_object, masked=masked, names=named)
