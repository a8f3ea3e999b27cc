"""Every rule that the parts of a record break, in the door's words.

One difference from the door, which reads every number exactly. A variant holds a number that is written with
an exponent or with more than 38 digits as a DOUBLE, and whole numbers and decimals take one only if that
can't have changed it: no such number in the record has 16 digits or more. Else the rule `exactness` is
broken: the record is explained and put aside, never changed.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.broken_rules import MASK
from tidelake.contracts.explanation import ABSENT

from silver_processor.core.bounds import WIDTH
from silver_processor.core.brokenness import BROKEN_TYPE, broken_rule, shortened
from silver_processor.core.conditions import surely
from silver_processor.core.entries import Entries
from silver_processor.core.seen import NOTHING, Seen, kind_of
from silver_processor.core.specs import SPECS_TYPE, encoded
from silver_processor.core.spelling import is_date, is_in_calendar, is_instant, matches

INEXACT = r"[0-9.]{17}[eE]|[0-9.]{39}"
"""Finds, in a text without its strings, numbers that a DOUBLE may hold inexactly."""
_PLAINLY = "a number written without an exponent and with at most 38 digits"


_NUMBER = r"^-?([0-9]+)(?:\.([0-9]*?)0*)?(?:E(-?[0-9]+))?\z"


def explained(entries: Entries, inexact: Column, *, guarded: bool) -> Column:
    """The rules that these parts break, as entries of `broken`.

    `inexact` says whether a DOUBLE of the record may have been written with more digits than it has.
    `guarded`: the contract has masked fields, so that what else may lie in an object or array is not shown.
    """
    specs = F.from_json(F.lit(encoded(entries.specs)), SPECS_TYPE)
    # Each step names what the next one asks for more than once.
    parts = F.transform(entries.column, lambda entry: _seen(entry, F.get(specs, entry["spec"])))
    parts = F.transform(parts, _written)
    parts = F.transform(parts, _with_digits)
    return F.flatten(F.transform(parts, lambda part: _broken_by(part, inexact, guarded))).cast(BROKEN_TYPE)


def _seen(entry: Column, spec: Column) -> Column:
    variant = entry["variant"]
    kind = kind_of(variant)
    return F.struct(
        entry["path"].alias("path"), variant.alias("variant"), kind.alias("kind"), spec.alias("spec")
    )


def _written(part: Column) -> Column:
    """With the text of a number or a string, and a number as a double."""
    seen = Seen(part["variant"], part["kind"])
    text = F.when(seen.is_double, seen.get("double").cast("string")).when(
        seen.is_number | seen.is_text, seen.get("string")
    )
    double = F.when(seen.is_number, seen.get("double"))
    return F.struct(*_kept(part), text.alias("text"), double.alias("double"))


def _with_digits(part: Column) -> Column:
    """With how many digits a number has before and behind its point, and its key (see bounds)."""
    is_number = part["double"].isNotNull()
    whole, fraction, power = (F.regexp_extract(part["text"], _NUMBER, group) for group in (1, 2, 3))
    exponent = F.when(power == "", 0).otherwise(power.try_cast("int"))
    before = F.when(whole == "0", 0).otherwise(F.length(whole) + exponent)
    behind = F.greatest(F.length(fraction) - exponent, F.lit(0))
    key = F.concat(F.lpad(whole, WIDTH, "0"), F.lit("."), fraction)
    return F.struct(
        *_kept(part),
        part["text"].alias("text"),
        part["double"].alias("double"),
        F.when(is_number, before).alias("before"),
        F.when(is_number, behind).alias("behind"),
        F.when(is_number, key).alias("key"),
    )


def _kept(part: Column) -> list[Column]:
    return [part[name].alias(name) for name in ("path", "variant", "kind", "spec")]


def _broken_by(part: Column, inexact: Column, guarded: bool) -> Column:
    """Every rule that one part breaks: those whose words are not null."""
    spec, text = part["spec"], part["text"]
    seen = Seen(part["variant"], part["kind"])
    wrong = (seen.kind != NOTHING) & ~surely(_is_right(part, seen))
    is_decimal = spec["type"] == "decimal"
    too_fine = is_decimal & (part["behind"] > spec["scale"])
    too_large = is_decimal & (part["before"] > spec["whole"])
    length = F.when((spec["type"] == "string") & seen.is_text, F.char_length(text))
    bad_pattern = length.isNotNull() & ~matches(text, spec["pattern"], spec["pattern_longest"])
    keeps = F.concat(F.lit(", as "), spec["sql"], F.lit(" keeps them"))
    beyond = F.get(F.filter(spec["bounds"], lambda bound: _beyond(part, seen, bound)), F.lit(0))["words"]
    out_of_range = F.coalesce(
        beyond,
        F.when(
            too_large, F.concat(F.lit("at most "), spec["whole"], F.lit(" digits before the point"), keeps)
        ),
        F.when(_outside_calendar(spec, seen, text), F.lit("an instant in the years 1 to 9999 UTC")),
    )
    may_differ = F.when(
        seen.is_double & (is_decimal | (spec["type"] == "integer")) & ~surely(too_fine) & ~wrong,
        F.when(out_of_range.isNull() & inexact, F.lit(_PLAINLY)),
    )
    rules = {
        "required": F.when(spec["required"] & (seen.kind == NOTHING), spec["need"]),
        "type": F.when(wrong, spec["need"]),
        "scale": F.when(
            too_fine, F.concat(F.lit("at most "), spec["scale"], F.lit(" digits behind the point"), keeps)
        ),
        "range": out_of_range,
        "exactness": may_differ,
        "length": F.when(
            length < spec["shortest"], F.concat(F.lit("at least "), spec["shortest"], F.lit(" characters"))
        ).when(length > spec["longest"], F.concat(F.lit("at most "), spec["longest"], F.lit(" characters"))),
        "pattern": F.when(bad_pattern, spec["pattern_words"]),
        "format": F.when(_misspelt(spec, seen, text), spec["need"]),
        "enum": F.when(_unlisted(part, seen), spec["listed"]["words"]),
    }
    told = F.array(
        *[F.struct(F.lit(name).alias("rule"), words.alias("words")) for name, words in rules.items()]
    )
    broken = F.filter(told, lambda rule: rule["words"].isNotNull())
    value = (
        F.when(part["variant"].isNull(), F.lit(ABSENT))
        .when(spec["masked"] | (F.lit(guarded) & (seen.is_object | seen.is_array)), F.lit(MASK))
        .otherwise(shortened(F.coalesce(F.to_json(part["variant"]), F.lit("null"))))
    )
    return F.transform(broken, lambda rule: broken_rule(part["path"], rule["rule"], value, rule["words"]))


def _is_right(part: Column, seen: Seen) -> Column:
    """Whether the part is of the JSON type that its field wants."""
    type_ = part["spec"]["type"]
    return (
        F.when(type_ == "integer", seen.is_number & (part["behind"] == 0))
        .when(type_.isin("decimal", "floating"), seen.is_number)
        .when(type_ == "object", seen.is_object)
        .when(type_ == "array", seen.is_array)
        .when(type_ == "boolean", seen.kind == "BOOLEAN")
        .otherwise(seen.is_text)
    )


def _beyond(part: Column, seen: Seen, bound: Column) -> Column:
    """Whether a number is outside a bound."""
    double, nearest, lower = part["double"], bound["nearest"], bound["lower"]
    same = part["key"] == bound["key"]
    # The more digits a negative number has, the less it is.
    less = ~same & ((part["key"] < bound["key"]) != bound["negative"])
    exactly = F.when(same, bound["strict"]).otherwise(less == lower)
    alike = F.when(seen.is_double, bound["shortest_outside"]).otherwise(exactly)
    return F.when(double == nearest, alike).otherwise((double < nearest) == lower)


def _outside_calendar(spec: Column, seen: Seen, text: Column) -> Column:
    return (spec["type"] == "timestamp") & seen.is_text & is_instant(text) & ~is_in_calendar(text)


def _misspelt(spec: Column, seen: Seen, text: Column) -> Column:
    instant = F.when(spec["type"] == "timestamp", is_instant(text))
    return seen.is_text & ~instant.when(spec["type"] == "date", is_date(text))


def _unlisted(part: Column, seen: Seen) -> Column:
    """Whether a value is none that is listed. Null is a value beside others in JSON, absence is none."""
    listed = part["spec"]["listed"]
    return listed.isNotNull() & (
        F.when(seen.kind == NOTHING, ~listed["null"] & part["variant"].isNotNull())
        .when(seen.is_text, ~F.array_contains(listed["texts"], part["text"]))
        .when(seen.kind == "BOOLEAN", ~F.array_contains(listed["flags"], seen.get("boolean")))
        .when(seen.is_double, ~F.array_contains(listed["doubles"], part["double"]))
        .when(seen.is_number, ~F.array_contains(listed["numbers"], part["text"]))
        .otherwise(True)
    )
