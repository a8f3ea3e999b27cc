"""Dead letters as Kafka has them, and as the command line shows them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from confluent_kafka import Producer
from tidelake.cli import dead_letters
from tidelake.cli.looking.dead_letters import DeadLetter, read_dead_letters
from tidelake.cli.main import main
from tidelake.contracts.names import DEAD_LETTERS
from tidelake.local.internal_topics import make_internal_topics
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.streams.values import Headers

_NOON_MS = int(datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp() * 1000)


def letter(reason: str = "unknown_stream", stream: str | None = "web", **more: object) -> DeadLetter:
    said: dict[str, object] = {
        "origin": "id/0/7",
        "timestamp_ms": _NOON_MS,
        "key": b"host",
        "value": b"GET /",
    }
    return DeadLetter(reason=reason, stream=stream, **{**said, "headers": [], **more})  # type: ignore[arg-type]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def keep(*letters: DeadLetter) -> None:
        monkeypatch.setattr(dead_letters, "_read", lambda: list(letters))

    return keep


def test_the_list_says_why_whose_where_and_what_to_do(
    kept: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    kept(letter(), letter("no_stream", None, origin="id/1/2", value=None))
    file = tmp_path / "letters.json"
    assert main(["dead-letters", "ls", "--reason", "unknown_stream", "--json", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "No contract in force has this logStream" in shown
    assert "./lake dead-letters show id/0/7" in shown
    assert orjson.loads(file.read_bytes()) == [
        {
            "reason": "unknown_stream",
            "stream": "web",
            "origin": "id/0/7",
            "timestamp": "2026-01-01T12:00:00+00:00",
            "bytes": 5,
        }
    ]


def test_none_is_said_so(kept: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    kept()
    assert main(["dead-letters", "ls"]) == 0
    assert "There is no dead letter." in capsys.readouterr().out


def test_one_is_shown_as_text_where_it_is_text_and_else_as_hex(
    kept: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    headers = [("reason", b"unknown_stream"), ("stream", b"\xff"), ("x", None)]
    kept(letter(headers=headers), letter(origin="id/0/8", value=b"\x00\xfe"))
    assert main(["dead-letters", "show", "id/0/7"]) == 0
    shown = capsys.readouterr().out
    assert "GET /" in shown
    assert "header stream: hex ff" in shown
    assert "header x: no value" in shown
    assert main(["dead-letters", "show", "id/0/8"]) == 0
    assert "hex 00 fe" in capsys.readouterr().out


def test_a_position_without_a_letter_is_refused(
    kept: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    kept(letter())
    assert main(["dead-letters", "show", "id/9/9"]) == 1
    assert "No dead letter has the origin 'id/9/9'" in capsys.readouterr().err


@pytest.mark.conformance
def test_letters_are_read_from_kafka_newest_first_whatever_they_hold(kafka_bootstrap: str) -> None:
    make_internal_topics(kafka_bootstrap)
    mine = uuid.uuid4().hex
    producer = Producer({"bootstrap.servers": kafka_bootstrap})
    for offset in range(3):
        origin = f"{mine}/0/{offset}".encode()
        headers: Headers = [("reason", b"no_stream"), ("origin", origin), ("reason", b"a shipper's own")]
        producer.produce(DEAD_LETTERS.name, b"\xff", None, headers=[*headers])
        assert producer.flush(30) == 0
    found = [
        one
        for one in read_dead_letters(kafka_bootstrap, KafkaTopics(kafka_bootstrap, "tests"))
        if one.origin.startswith(mine)
    ]
    assert [one.origin[-1] for one in found] == ["2", "1", "0"]
    assert {(one.reason, one.stream, one.value) for one in found} == {("no_stream", None, b"\xff")}
