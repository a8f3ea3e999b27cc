"""A record's JSON, read without forgiving anything: tidelake.contracts.strict_json, in Spark.

The text is put into an array before a sign that no sender knows. The parser refuses malformed text, double
keys and halves of surrogate pairs; it doesn't mind what stands behind a value, but then the sign isn't the
array's second item.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.broken_rules import MASK
from tidelake.contracts.strict_json import MAX_DEPTH

from silver_processor.core.brokenness import as_message, broken_rule, nothing_broken
from silver_processor.core.conditions import surely

RECORD = "$[0]"
_SIGN = secrets.token_hex(16)
_STRINGS = r'"(?:[^"\\]++|\\.)*+"'
_NUMBER_WITH_EXPONENT = r"[eE][-+0-9]"
_NUMBER_OF_MANY_DIGITS = r"[0-9.]{300}"
_LARGE_NUMBERS = r"[0-9][0-9.]*[eE][-+]?[0-9]+|[0-9.]{300,}"
_HALF_PAIRS = (
    r"(?<!\\)((?:\\\\)*+)(?:"
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)


def parsed(text: Column) -> Column:
    """The text as a variant whose first item is the record; null if it isn't strict."""
    whole = F.try_parse_json(F.concat(F.lit("["), text, F.lit(f',"{_SIGN}"]')))
    return F.when(F.is_valid_utf8(text), whole)


def is_whole(variant: Column) -> Column:
    """Whether the record is one JSON value; null if it could not be read."""
    return F.try_variant_get(variant, "$[1]", "string") == _SIGN


def deserves_a_look(text: Column) -> Column:
    """Whether a text may be nested too deeply or hold numbers out of range. Quick, and true too often."""
    size = F.octet_length(text)
    openers = (
        2 * size - F.octet_length(F.replace(text, F.lit("{"))) - F.octet_length(F.replace(text, F.lit("[")))
    )
    deep = (size > 2 * MAX_DEPTH) & (openers > MAX_DEPTH)
    return deep | text.rlike(_NUMBER_WITH_EXPONENT) | text.rlike(_NUMBER_OF_MANY_DIGITS)


def without_strings(text: Column) -> Column:
    """The text with every string emptied."""
    return F.regexp_replace(text, _STRINGS, '""')


def broken_json(
    text: Column, variant: Column, is_object: Column, *, masked: bool, names: Collection[str]
) -> Column:
    """The one rule that a text breaks before any field is looked at, as entries of `broken`.

    `masked` keeps the record's text out of messages; `names` may stand in them all the same.
    Of malformed text the rule is told as well as can be: a double key further inside is not named, and a
    number of more than 1000 characters is `json`, because the parser stops there.
    """
    whole = surely(is_whole(variant))

    def told(rule: str, seen: Column | str, expected: str, field: Column | str = "") -> Column:
        name = F.lit(field) if isinstance(field, str) else field
        value = F.lit(seen) if isinstance(seen, str) else seen
        return F.array(broken_rule(name, F.lit(rule), value, F.lit(expected)))

    depth = _depth(text)
    number = _first_bad_number(text)
    start = as_message(F.substring(text, 1, 20), masked=masked)
    key = _double_key(text)
    if masked:
        key = F.when((key == "") | key.isin(*names), key).otherwise(MASK)
    return (
        F.when(
            depth > MAX_DEPTH,
            told(
                "depth",
                F.concat(depth, F.lit(" levels")),
                f"at most {MAX_DEPTH} levels of objects and arrays",
            ),
        )
        .when(~F.is_valid_utf8(text), told("encoding", "bytes of another encoding", "text in UTF-8"))
        .when(
            whole & number.isNotNull(),
            told(
                "number_range",
                as_message(number, masked=masked),
                "a number that 64 bits of floating point hold",
            ),
        )
        .when(whole & is_object, nothing_broken())
        .when(whole, told("not_an_object", _kind(variant), "one JSON object per record"))
        .when(
            _without_half_pairs(text),
            told("encoding", "half of a surrogate pair", "characters of Unicode, in whole pairs"),
        )
        .when(_lenient(text), told("duplicate_key", "twice", "each key once in an object", key))
        .when(F.trim(text) == "", told("json", "nothing", "one JSON object"))
        .otherwise(told("json", start, "JSON"))
    )


def _depth(text: Column) -> Column:
    brackets = F.regexp_replace(without_strings(text), r"[^\[\]{}]++", "")

    def step(state: Column, sign: Column) -> Column:
        depth = state["depth"] + F.when(sign.isin("{", "["), 1).when(sign == "", 0).otherwise(-1)
        return F.struct(depth.alias("depth"), F.greatest(state["deepest"], depth).alias("deepest"))

    start = F.struct(F.lit(0).alias("depth"), F.lit(0).alias("deepest"))
    return F.aggregate(F.split(brackets, ""), start, step, lambda state: state["deepest"])


def _first_bad_number(text: Column) -> Column:
    """A number that a double can't hold, neither as infinity nor as zero; null if there is none."""

    def out_of_range(number: Column) -> Column:
        double = number.try_cast("double")
        lost = (double == 0.0) & number.rlike(r"^[0.]*[1-9]")
        return surely((double == float("inf")) | lost)

    numbers = F.regexp_extract_all(without_strings(text), F.lit(_LARGE_NUMBERS), F.lit(0))
    return F.get(F.filter(numbers, out_of_range), F.lit(0))


def _kind(variant: Column) -> Column:
    kind = F.schema_of_variant(F.try_variant_get(variant, RECORD, "variant"))
    words = F.when(kind == "STRING", "a string").when(kind.startswith("ARRAY"), "an array")
    return words.when(kind == "BOOLEAN", "a boolean").when(kind == "VOID", "null").otherwise("a number")


def _without_half_pairs(text: Column) -> Column:
    """Whether nothing else is wrong than halves of surrogate pairs."""
    return surely(is_whole(parsed(F.regexp_replace(text, _HALF_PAIRS, "$1?"))))


def _lenient(text: Column) -> Column:
    """Whether a reader takes the text that is strict in all but double keys."""
    wrapped = F.concat(F.lit('{"record":'), text, F.lit(f',"sign":"{_SIGN}"}}'))
    strictly = {"allowSingleQuotes": "false", "allowNonNumericNumbers": "false", "mode": "PERMISSIVE"}
    read = F.from_json(wrapped, "record string, sign string", strictly)
    return surely((read["sign"] == _SIGN) & read["record"].isNotNull())


def _double_key(text: Column) -> Column:
    """The first key that the record itself has twice; empty if that is further inside."""
    keys = F.json_object_keys(text)
    positions = F.filter(keys, lambda key, index: F.array_position(keys, key) <= index)
    return F.coalesce(F.get(positions, F.lit(0)), F.lit(""))
