import orjson
from hypothesis import given
from hypothesis import strategies as st
from tidelake.client.batches import batches, body, encoded


def test_bytes_are_sent_as_they_are() -> None:
    assert encoded(b'{"a": 1.50}') == b'{"a": 1.50}'


def test_records_with_line_breaks_travel_in_an_array() -> None:
    assert body([b'{"a":1}', b'{"a":2}']) == (b'{"a":1}\n{"a":2}', "application/x-ndjson")
    assert body([b'{"a":\n1}', b'{"a":2}']) == (b'[{"a":\n1},{"a":2}]', "application/json")


@given(numbers=st.lists(st.integers(-(2**53), 2**53)), size=st.integers(1, 7))
def test_batches_joined_are_the_records(numbers: list[int], size: int) -> None:
    cut = list(batches(({"n": number} for number in numbers), size))
    assert [orjson.loads(record)["n"] for batch in cut for record in batch] == numbers
    assert all(len(batch) == size for batch in cut[:-1])
    assert all(0 < len(batch) <= size for batch in cut)
