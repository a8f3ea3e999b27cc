"""Which lines are dead letters, and which may have been. Kafka's log is a list here."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka import Message
from tidelake.ledger import dead_letter_log, inbound_lines
from tidelake.ledger.dead_letter_log import DeadLetterLog, DeadLetters
from tidelake.ledger.inbound_lines import missed_lines
from tidelake.ledger.kafka_reader import ReaderStalled
from tidelake.streams.values import TIMESTAMP_CREATE_TIME, TIMESTAMP_NOT_AVAILABLE, TopicPartition
from tidelake.tables.positions import Source

AT = TopicPartition("dead-letters", 0)
LINES = Source("inbound", 1)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
Headers = list[tuple[str, bytes | None]]


class Kafka:
    """One partition, which begins at offset 0."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.read: list[tuple[int, int]] = []
        self.stalls_at: int | None = None

    def add(self, headers: Headers, at_ms: int | None = NOW_MS) -> None:
        kind = TIMESTAMP_NOT_AVAILABLE if at_ms is None else TIMESTAMP_CREATE_TIME
        stored: list[tuple[str, str | bytes | None]] = list(headers)
        message = Message(offset=len(self.messages), headers=stored, timestamp=(kind, at_ms or 0))
        self.messages.append(message)

    def read_messages(
        self, _bootstrap: str, _topic: str, _partition: int, first: int, end: int, *, committed: bool
    ) -> Iterator[Sequence[Message]]:
        assert not committed, "the log-router reads all lines, and what it sends is committed"
        self.read.append((first, end))
        for offset in range(first, end):
            if offset == self.stalls_at:
                raise ReaderStalled("dead-letters", 0, offset, end)
            yield self.messages[offset : offset + 1]
        yield []


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Kafka:
    log = Kafka()
    for module in (dead_letter_log, inbound_lines):
        monkeypatch.setattr(module, "read_messages", log.read_messages)
    return log


def letter(offset: int, reason: bytes = b"no_stream") -> Headers:
    return [("reason", reason), ("origin", f"inbound/1/{offset}".encode())]


def read(letters: DeadLetterLog, kafka: Kafka, log_start: int = 0) -> DeadLetters:
    return letters.read({AT: log_start}, {AT: len(kafka.messages)}, NOW)


def test_the_routers_own_headers_count_and_each_letter_is_read_once(kafka: Kafka) -> None:
    kafka.add([*letter(7), ("origin", b"inbound/1/99"), ("reason", b"the line's own")])
    letters = DeadLetterLog("")
    assert read(letters, kafka).by_reason["no_stream"][LINES].tolist() == [[7, 8]]
    kafka.add(letter(8, b"too_large"))
    found = read(letters, kafka)
    assert {reason: origins[LINES].tolist() for reason, origins in found.by_reason.items()} == {
        "no_stream": [[7, 8]],
        "too_large": [[8, 9]],
    }
    assert kafka.read == [(0, 1), (1, 2)]


def test_what_somebody_else_wrote_to_the_topic_is_no_dead_letter_of_a_line(kafka: Kafka) -> None:
    kafka.add([])
    kafka.add([("reason", b"\xff"), ("origin", None)])
    assert read(DeadLetterLog(""), kafka).by_reason == {}


def test_where_kafka_has_kept_all_nothing_is_forgotten_nor_is_what_it_deletes_later(
    kafka: Kafka,
) -> None:
    kafka.add(letter(7))
    letters = DeadLetterLog("")
    assert read(letters, kafka).forgotten_before_ms is None
    found = read(letters, kafka, log_start=1)
    assert found.forgotten_before_ms is None
    assert found.by_reason["no_stream"][LINES].tolist() == [[7, 8]]


def test_what_was_deleted_before_it_was_read_is_older_than_the_oldest_that_is_kept(kafka: Kafka) -> None:
    for offset in range(3):
        kafka.add(letter(offset), NOW_MS - 1000 + offset)
    assert read(DeadLetterLog(""), kafka, log_start=2).forgotten_before_ms == NOW_MS - 998


def test_where_none_is_kept_what_was_deleted_is_older_than_dead_letters_are_kept(kafka: Kafka) -> None:
    kafka.add(letter(0))
    month_ms = timedelta(days=30) // timedelta(milliseconds=1)
    assert read(DeadLetterLog(""), kafka, log_start=1).forgotten_before_ms == NOW_MS - month_ms


def test_a_line_as_old_as_forgotten_dead_letters_is_not_called_missed(kafka: Kafka) -> None:
    for at_ms in (1000, None, 3000, 2000):
        kafka.add([], at_ms)
    inbound = TopicPartition("logs.inbound", 0)
    assert missed_lines("", inbound, 0, 4, None).tolist() == [0, 1, 2, 3]
    assert missed_lines("", inbound, 0, 4, 2000).tolist() == [2, 3]


def test_a_topic_that_was_made_anew_is_read_from_its_beginning(kafka: Kafka) -> None:
    letters = DeadLetterLog("")
    for offset in range(3):
        kafka.add(letter(offset))
    read(letters, kafka)
    kafka.messages.clear()
    kafka.add(letter(7))
    assert read(letters, kafka).by_reason["no_stream"][LINES].tolist() == [[0, 3], [7, 8]]


def test_what_was_taken_before_the_reading_failed_is_not_taken_again(kafka: Kafka) -> None:
    letters = DeadLetterLog("")
    for offset in range(3):
        kafka.add(letter(offset))
    kafka.stalls_at = 2
    with pytest.raises(ReaderStalled):
        read(letters, kafka)
    kafka.stalls_at = None
    assert read(letters, kafka).by_reason["no_stream"][LINES].tolist() == [[0, 3]]
    assert kafka.read == [(0, 3), (2, 3)]


def test_letters_of_neighbours_are_one_run_however_often_some_came(kafka: Kafka) -> None:
    letters = DeadLetterLog("")
    for offset in range(5):
        kafka.add(letter(offset))
        read(letters, kafka)
    assert read(letters, kafka).by_reason["no_stream"][LINES].tolist() == [[0, 5]]
