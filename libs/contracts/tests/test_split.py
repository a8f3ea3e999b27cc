"""A body is cut into its records without a byte changed, and one broken record harms no other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidelake.contracts.split import MalformedBody, TooManyRecords, UnknownContentType, split

JSON = "application/json"
NDJSON = "application/x-ndjson"
MANY = 10_000


def test_one_object_is_one_record() -> None:
    assert split(b' {"a": 1.0 } \n', JSON, MANY) == [b'{"a": 1.0 }']


def test_the_records_of_an_array_keep_their_bytes() -> None:
    body = b'[ {"a" : 1e2, "b":"\\u00fc"} ,\n{"a":1.10},3 ]'
    assert split(body, JSON, MANY) == [b'{"a" : 1e2, "b":"\\u00fc"}', b'{"a":1.10}', b"3"]


@pytest.mark.parametrize("kind", [NDJSON, "application/ndjson", "Application/X-NDJSON; charset=utf-8"])
def test_each_line_of_ndjson_is_a_record(kind: str) -> None:
    assert split(b'{"a":1}\r\n\n {"a":2} \n{"a":3}', kind, MANY) == [b'{"a":1}', b'{"a":2}', b'{"a":3}']


def test_a_broken_line_does_not_harm_its_neighbours() -> None:
    assert split(b'{"a":1}\n{"a":\n[1]\n\xff\n{"a":2}\n', NDJSON, MANY) == [
        b'{"a":1}',
        b'{"a":',
        b"[1]",
        b"\xff",
        b'{"a":2}',
    ]


@pytest.mark.parametrize(
    "broken",
    [
        b'{"a":NaN}',
        b'{"a":"\\ud800"}',
        b'{"a":"\t"}',
        b'{"a":"\xff"}',
        b'{"a":' + b"9" * 5000 + b"}",
        b"-Infinity",
    ],
)
def test_a_broken_record_whose_end_is_clear_does_not_harm_its_neighbours(broken: bytes) -> None:
    body = b'[{"a":1}, ' + broken + b' ,{"a":2}]'
    assert split(body, JSON, MANY) == [b'{"a":1}', broken, b'{"a":2}']


@pytest.mark.parametrize("body", [b"", b"  \n ", b"\n\n"])
@pytest.mark.parametrize("kind", [JSON, NDJSON])
def test_an_empty_body_holds_no_record(body: bytes, kind: str) -> None:
    assert split(body, kind, MANY) == []


def test_an_empty_array_holds_no_record() -> None:
    assert split(b" [ ] ", JSON, MANY) == []


@pytest.mark.parametrize(
    ("body", "offset", "line"),
    [
        (b'[{"a":1},\n {"a":tru}]', 16, 2),
        (b'[{"a":1}\n{"a":2}]', 9, 2),
        (b'[{"a":1},]', 9, 1),
        (b'[{"a":1}', 8, 1),
        (b'[{"a":1},', 9, 1),
        (b"[", 1, 1),
        (b'[{"a":1}] x', 10, 1),
        (b'[{"\xc3\xbc":1},\n{"\xc3\xbc":x}]', 17, 2),
        (b'[{"a":01}]', 7, 1),
    ],
)
def test_a_body_that_can_not_be_cut_is_refused_with_the_place(body: bytes, offset: int, line: int) -> None:
    with pytest.raises(MalformedBody) as caught:
        split(body, JSON, MANY)
    assert (caught.value.offset, caught.value.line) == (offset, line)


def test_a_body_of_brackets_is_refused_and_not_followed_to_the_bottom() -> None:
    with pytest.raises(MalformedBody, match="nested"):
        split(b"[" * 100_000 + b"]" * 100_000, JSON, MANY)


@pytest.mark.parametrize("kind", [None, "", "text/plain", "application/cloudevents+json"])
def test_other_kinds_of_content_are_refused(kind: str | None) -> None:
    with pytest.raises(UnknownContentType, match="application/x-ndjson"):
        split(b"{}", kind, MANY)


@pytest.mark.parametrize(("body", "kind"), [(b"[1,2,3]", JSON), (b"1\n2\n3", NDJSON), (b"1\n2\n3\n", NDJSON)])
def test_a_request_holds_a_bounded_number_of_records(body: bytes, kind: str) -> None:
    assert split(body, kind, 3) == [b"1", b"2", b"3"]
    with pytest.raises(TooManyRecords):
        split(body, kind, 2)


def test_commas_inside_records_are_no_records() -> None:
    body = b'[{"a":[1,2,3,4]},{"b":"x,y"}]'
    assert split(body, JSON, 2) == [b'{"a":[1,2,3,4]}', b'{"b":"x,y"}']


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(_VALUES, max_size=6), st.sampled_from([None, 2]), st.booleans(), st.sampled_from([1, 10_000]))
def test_any_records_come_back_as_they_were_sent(
    values: list[Any], indent: int | None, ascii_only: bool, patience: int
) -> None:
    records = [
        json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        for value in values
    ]
    limit = max(patience, len(records))  # a low limit takes the patient road
    assert split(b"[" + b" , ".join(records) + b"]", JSON, limit) == records


@given(st.binary(max_size=100))
def test_no_bytes_make_it_fail_otherwise(body: bytes) -> None:
    try:
        records = split(b"[" + body, JSON, MANY)
    except MalformedBody:
        return
    assert all(record in body for record in records)
