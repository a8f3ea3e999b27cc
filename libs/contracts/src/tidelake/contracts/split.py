"""From the body of a request to its records, each exactly as it was sent."""

from __future__ import annotations

import json
from typing import NoReturn

import msgspec
from tidelake.runtime.errors import LakeError, Poison

JSON_TYPES = frozenset({"application/json"})
NDJSON_TYPES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_WHITESPACE = b" \t\r\n"
_WHITESPACE_TEXT = _WHITESPACE.decode()


class UnknownContentType(LakeError, Poison):
    """The body is of a kind that holds no records."""

    def __init__(self, content_type: str | None) -> None:
        self.content_type = content_type
        super().__init__(
            f"The content type {content_type!r} is not taken. "
            "Send application/json (one object, or an array of objects) or application/x-ndjson."
        )


class MalformedBody(LakeError, Poison):
    """Where one record ends and the next begins can't be told."""

    def __init__(self, offset: int, line: int, reason: str) -> None:
        self.offset = offset  # bytes from the start of the body
        self.line = line  # 1 is the first
        self.reason = reason
        super().__init__(
            f"The body is no JSON at byte {offset}, line {line}: {reason}. Nothing of it was taken. "
            "Send one object, an array of objects, or one object a line as application/x-ndjson."
        )


class TooManyRecords(LakeError, Poison):
    """The body holds more records than one request may."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(
            f"The body holds more than {limit} records. Nothing of it was taken. Send fewer at once."
        )


def split(body: bytes, content_type: str | None, max_records: int) -> list[bytes]:
    """The records of a body, in order and byte for byte, without the white space around them.

    A line of NDJSON stands for itself, broken or not; empty lines are none. A record is not checked here:
    what is wrong inside one never hides its neighbours.
    Raises UnknownContentType, MalformedBody, TooManyRecords.
    """
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind in NDJSON_TYPES:
        return _lines(body, max_records)
    if kind not in JSON_TYPES:
        raise UnknownContentType(content_type)
    stripped = body.strip(_WHITESPACE)
    if not stripped.startswith(b"["):
        return [stripped] if stripped else []
    # A quick look first, so that an array of a million nothings is never laid out in memory.
    if body.count(b",") < max_records:
        try:
            return [bytes(item) for item in msgspec.json.decode(body, type=list[msgspec.Raw])]
        except (msgspec.DecodeError, RecursionError):
            pass  # one record may be the culprit: the patient reader below tells
    return _items(body, max_records)


def _lines(body: bytes, max_records: int) -> list[bytes]:
    if body.count(b"\n") < max_records:
        return [line for part in body.split(b"\n") if (line := part.strip(_WHITESPACE))]
    records: list[bytes] = []
    start = 0
    while start < len(body):
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        if line := body[start:end].strip(_WHITESPACE):
            records.append(line)
            if len(records) > max_records:
                raise TooManyRecords(max_records)
        start = end + 1
    return records


def _items(body: bytes, max_records: int) -> list[bytes]:
    """Cut an array where its items end, forgiving everything inside an item that does not move its end."""
    text = body.decode("latin-1")  # one character a byte, so that positions are offsets
    records: list[bytes] = []
    at = _skip(text, text.index("[") + 1)
    if text[at : at + 1] == "]":
        at += 1
    else:
        while True:
            end = _item_end(body, text, at)
            records.append(body[at:end])
            if len(records) > max_records:
                raise TooManyRecords(max_records)
            at = _skip(text, end) + 1
            follows = text[at - 1 : at]
            if follows == "]":
                break
            if follows != ",":
                _malformed(body, min(at - 1, len(body)), "expected ',' or ']' after a record")
            at = _skip(text, at)
    at = _skip(text, at)
    if at < len(text):
        _malformed(body, at, "something follows the end of the array")
    return records


def _item_end(body: bytes, text: str, at: int) -> int:
    try:
        return _FORGIVING.raw_decode(text, at)[1]
    except json.JSONDecodeError as problem:
        _malformed(body, problem.pos, f"{problem.msg[0].lower()}{problem.msg[1:]}")
    except RecursionError:
        _malformed(body, at, "the record that starts here is nested too deeply")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _WHITESPACE_TEXT:
        at += 1
    return at


def _malformed(body: bytes, offset: int, reason: str) -> NoReturn:
    raise MalformedBody(offset, body.count(b"\n", 0, offset) + 1, reason) from None


def _nothing(_: object) -> None:
    return None


_FORGIVING = json.JSONDecoder(
    strict=False,
    object_pairs_hook=_nothing,
    parse_int=_nothing,
    parse_float=_nothing,
    parse_constant=_nothing,
)
