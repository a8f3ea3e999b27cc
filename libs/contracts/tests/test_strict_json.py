"""Strict reading takes every byte once: no record keeps the door from its other senders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidelake.contracts.strict_json import MAX_DEPTH, NotStrict, read_object

MIB = 1024 * 1024


def rule_of(raw: bytes) -> str:
    with pytest.raises(NotStrict) as refused:
        read_object(raw, masked=False)
    return refused.value.broken.rule


# Each would take hours if a part of it were read once for each of its bytes.
@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b'{"a":"' + b"[" * 70 + b'\\"' * (MIB // 2), "json"),
        (b'{"a":"' + b"[" * 70 + b'\\"' * (MIB // 2) + b"\\", "json"),
        (b'{"a":' + b"[" * 70 + b'"\\' * (MIB // 2), "depth"),
        (b'{"a":"' + b"[" * 70 + b"\\" * MIB, "json"),
        (b'{"a":' + b"[" * 64 + b'""' * (MIB // 2), "depth"),
        (b"[" * 64 + b"[]" * (MIB // 2), "depth"),
        (b"[]" * (MIB // 2), "json"),
        (b"]" * MIB + b"[" * MIB, "json"),
        (b'{"a":1.' + b"7" * MIB + b"[" * 70, "depth"),
        (b'{"a":' + b"1" * MIB + b"}", "number_range"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mebibyte_of_anything_is_read_in_one_pass(raw: bytes, rule: str) -> None:
    assert rule_of(raw) == rule


@given(
    st.lists(
        st.sampled_from(["[", "]", "{", "}", '"', "\\", "\\\\", '\\"', "[" * 60, "a", "\n"]), max_size=40
    )
)
def test_only_brackets_outside_strings_are_levels(parts: list[str]) -> None:
    raw = ("!" + "".join(parts)).encode()  # no JSON, so that it is refused for its depth or for that
    depth = deepest = 0
    inside = escaped = False
    for byte in raw.decode():
        if escaped:
            escaped = False
        elif inside:
            inside, escaped = byte != '"', byte == "\\"
        elif byte == '"':
            inside = True
        elif byte in "[]{}":
            depth += 1 if byte in "[{" else -1
            deepest = max(deepest, depth)
    assert (rule_of(raw) == "depth") == (deepest > MAX_DEPTH)


@pytest.mark.parametrize("levels", [MAX_DEPTH - 1, MAX_DEPTH])
def test_sixty_four_levels_are_read_and_one_more_is_not(levels: int) -> None:
    raw = b'{"a":' + b"[" * levels + b"]" * levels + b"}"
    if levels < MAX_DEPTH:
        assert read_object(raw, masked=False)
    else:
        assert rule_of(raw) == "depth"
