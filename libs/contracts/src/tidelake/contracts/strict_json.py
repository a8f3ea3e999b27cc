"""One record's JSON, read without forgiving anything: what is read here means the same to every reader."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Container
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import Any, NoReturn, cast

from tidelake.contracts.broken_rules import MASK, BrokenRule, shortened

MAX_DEPTH = 64
# Takes every byte once: it gives nothing back (++, *+, ?+), and a string that never ends goes whole.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?+', re.DOTALL)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")
_STEPS = bytes.maketrans(b"{[}]", b"\x01\x01\xff\xff")  # one level in, one level out: signed bytes
_SURROGATE = re.compile("[\ud800-\udfff]")
_ZERO = re.compile(r"-?[0.]+(?:[eE].*)?")
_WHITESPACE = " \t\r\n"


class NotStrict(Exception):
    """The bytes are no JSON that everybody reads alike."""

    def __init__(self, broken: BrokenRule) -> None:
        self.broken = broken
        super().__init__(broken.expected)


class _DuplicateKey(Exception):
    pass


class _NoNumber(Exception):
    pass


def read_object(raw: bytes, masked: bool, names: Container[str] = ()) -> dict[str, Any]:
    """The record as Python values. Raises NotStrict.

    Numbers are exact: a whole one is an int however it is written (1.0, 1e2 and -0e50 are 1, 100 and 0), any
    other one, and one beyond all types, is a Decimal. `masked` keeps the record's text out of messages;
    `names` may stand in them all the same.
    """
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        _check_depth(raw)
    try:
        value = _DECODER.decode(raw.decode())
    except UnicodeDecodeError as problem:
        byte = "a byte" if masked else f"byte 0x{raw[problem.start]:02x}"
        seen = f"{byte} at offset {problem.start}"
        _refuse("encoding", seen, "text in UTF-8")
    except json.JSONDecodeError as problem:
        _malformed(raw, problem, masked)
    except _DuplicateKey as problem:
        key = str(problem)
        shown = MASK if masked and key not in names else shortened(key)
        _refuse("duplicate_key", "twice", "each key once in an object", field=shown)
    except _NoNumber as problem:
        text = str(problem)
        if text in _CONSTANTS:
            _refuse("json", text, "a number or null: JSON has no word for this")
        _refuse("number_range", MASK if masked else shortened(text), _HOLDABLE)
    except ValueError:  # more digits than Python converts
        _refuse("number_range", "a number with thousands of digits", _HOLDABLE)
    if not isinstance(value, dict):
        seen = next((name for kind, name in _KINDS if isinstance(value, kind)), "null")
        _refuse("not_an_object", seen, "one JSON object per record")
    record = cast("dict[str, Any]", value)
    if b"\\u" in raw and _SURROGATE.search(json.dumps(value, ensure_ascii=False, default=str)):
        _refuse("encoding", "half of a surrogate pair", "characters of Unicode, in whole pairs")
    return record


_CONSTANTS = ("NaN", "Infinity", "-Infinity")
_KINDS = ((str, "a string"), (list, "an array"), (bool, "a boolean"), (int | Decimal, "a number"))
_HOLDABLE = "a number that 64 bits of floating point hold"


def _refuse(rule: str, value: str, expected: str, field: str = "") -> NoReturn:
    raise NotStrict(BrokenRule(field, rule, value, expected)) from None


def _malformed(raw: bytes, problem: json.JSONDecodeError, masked: bool) -> NoReturn:
    offset = len(problem.doc[: problem.pos].encode())
    if raw.startswith(b"\xef\xbb\xbf"):
        _refuse("json", "a byte order mark", "JSON without a byte order mark")
    if not problem.doc.strip(_WHITESPACE):
        _refuse("json", "nothing", "one JSON object")
    around = MASK if masked else repr(raw[offset : offset + 20].decode(errors="replace"))
    seen = f"{around} at byte {offset}" if offset < len(raw) else f"the end, at byte {offset}"
    reason = problem.msg.removesuffix(" starting at")
    _refuse("json", seen, f"JSON ({reason[0].lower()}{reason[1:]})")


def _check_depth(raw: bytes) -> None:
    steps = array("b", _STRING.sub(b"", raw).translate(_STEPS, _NO_BRACKETS))
    if any(depth > MAX_DEPTH for depth in accumulate(steps)):  # looks no further than the first one too deep
        seen = f"more than {MAX_DEPTH} levels"
        _refuse("depth", seen, f"at most {MAX_DEPTH} levels of objects and arrays")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKey(key)
            seen.add(key)
    return found


def _number(text: str) -> int | Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds
        if _ZERO.fullmatch(text):
            return 0
        raise _NoNumber(text) from None
    if not value:
        return 0
    as_float = float(text)
    if as_float in (float("inf"), float("-inf")) or as_float == 0:
        raise _NoNumber(text)
    # No type of the lake has more than 38 digits: a larger number is not written out.
    return int(value) if value.adjusted() <= 38 and value == value.to_integral_value() else value


def _constant(text: str) -> NoReturn:
    raise _NoNumber(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_constant)
