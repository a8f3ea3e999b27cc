"""The bare limit writes what it read."""

from dataclasses import dataclass, field

from tidelake.bench.bronze.bare_process import table_of
from tidelake.streams.values import Headers


@dataclass(frozen=True)
class _Message:
    number: int
    sent: Headers = field(default_factory=list[tuple[str, bytes | None]])

    def partition(self) -> int:
        return 1

    def offset(self) -> int:
        return self.number

    def key(self) -> bytes:
        return b"key"

    def value(self) -> bytes:
        return b"value %d" % self.number

    def headers(self) -> Headers | None:
        return self.sent or None

    def timestamp(self) -> tuple[int, int]:
        return 1, 1_700_000_000_000


def test_each_message_is_a_row_with_its_headers_in_order() -> None:
    table = table_of(
        "events.a", [_Message(0, [("b", b"1"), ("a", None)]), _Message(1), _Message(2, [("c", b"")])]
    )

    assert table.column("offset").to_pylist() == [0, 1, 2]
    assert table.column("value").to_pylist() == [b"value 0", b"value 1", b"value 2"]
    assert table.column("headers").to_pylist() == [
        [{"key": "b", "value": b"1"}, {"key": "a", "value": None}],
        [],
        [{"key": "c", "value": b""}],
    ]
    assert table.column("topic").to_pylist() == ["events.a"] * 3
