"""A log line as the JSON of its record: by the contract's pattern, each group a field of the contract's type.

A group that took no part in the match, that is empty or that is a single `-` is a field without a value. A
group is a number or a truth value where JSON would write it so (`-3.50`, `1e2`, `true`); else it is text, by
which the judge then tells the rule `type`.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract, Field
from tidelake.contracts.masking import has_masked
from tidelake.contracts.patterns import repeats_a_group
from tidelake.contracts.types import BOOLEAN, DATE, STRING, TIMESTAMP, Struct

from silver_processor.core.brokenness import as_message, broken_rule, nothing_broken
from silver_processor.core.event_id import json_string
from silver_processor.core.records import TEXT, VARIANT, RecordReader, value_text
from silver_processor.core.specs import LONGEST_FOR_GROUPS
from silver_processor.core.strict_json import parsed

_NO_VALUE = ("", "-")
_NUMBER = r"\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\z"
_TRUTH = r"\A(?:true|false)\z"
_EMPTY_RECORD = "{}"
_UNREAD = "judging_unread"


class LineReader(RecordReader):
    """The value is a line, of which the record is made."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(contract)
        line, found = value_text(), self.steps[-1]
        self.steps = (
            {TEXT: line_as_json(contract, line), _UNREAD: broken_line(contract, line)},
            {VARIANT: parsed(F.col(TEXT))},
            found,
        )

    @property
    def document(self) -> Column:
        """See Reader.document: why the line holds no record, before all else."""
        return F.when(F.size(_UNREAD) > 0, F.col(_UNREAD)).otherwise(super().document)


def line_as_json(contract: Contract, line: Column) -> Column:
    """JSON of the record that the line holds: `{}` for a line that does not match, null for none."""
    parts = [_member(contract, field, line) for field in contract.fields if field.name in _groups(contract)]
    record = F.concat(F.lit("{"), F.concat_ws(",", *parts), F.lit("}"))
    return F.when(line.isNull(), None).when(_matches(contract, line), record).otherwise(_EMPTY_RECORD)


def broken_line(contract: Contract, line: Column) -> Column:
    """Why a line holds no record, as entries of `broken`: the rule `encoding`, or `pattern`."""
    masked = has_masked(Struct(contract.fields))
    encoding = _entry("encoding", F.lit("bytes of another encoding"), "text in UTF-8")
    pattern = _entry(
        "pattern", as_message(line, masked=masked), "a line that matches the contract's logPattern"
    )
    return (
        F.when(line.isNull(), nothing_broken())
        .when(~F.is_valid_utf8(line), encoding)
        .when(~_matches(contract, line), pattern)
        .otherwise(nothing_broken())
    )


def _matches(contract: Contract, line: Column) -> Column:
    java = _java(contract)
    matches = F.is_valid_utf8(line) & line.rlike(java)
    if repeats_a_group(java):  # Java's stack grows with the line
        return (F.length(line) <= LONGEST_FOR_GROUPS) & matches
    return matches


def _member(contract: Contract, field: Field, line: Column) -> Column:
    """`"name":value`; null where the line has no value for the field."""
    said = F.regexp_extract(line, _java(contract), _groups(contract)[field.name])
    if field.type in (STRING, DATE, TIMESTAMP):
        value = json_string(said)
    else:
        bare = said.rlike(_TRUTH if field.type == BOOLEAN else _NUMBER)
        value = F.when(bare, said).otherwise(json_string(said))
    return F.when(~said.isin(*_NO_VALUE), F.concat(F.lit(f'"{field.name}":'), value))


def _entry(rule: str, value: Column, expected: str) -> Column:
    return F.array(broken_rule(F.lit(""), F.lit(rule), value, F.lit(expected)))


def _java(contract: Contract) -> str:
    assert contract.log is not None, "only lines have a pattern"
    return contract.log.pattern.java


def _groups(contract: Contract) -> dict[str, int]:
    assert contract.log is not None, "only lines have a pattern"
    return dict(contract.log.pattern.groups)
