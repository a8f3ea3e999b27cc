"""Lines are sent until Kafka has all that they became; what it did not surely take is decided anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from ingest_router.core.log_routing import Line, Routes
from ingest_router.flows.route_lines import LineRouter
from ingest_router.log_metrics import LineMetrics
from opentelemetry.metrics import NoOpMeter
from tidelake.streams.errors import ProducerFailed, QueueFull
from tidelake.streams.producer import Delivered, Delivery, Failed, OutRecord

MIB = 1024 * 1024
NOBODY = Routes("id", {}, frozenset())


def line(offset: int) -> Line:
    return Line(0, offset, None, b"line", [], 0)


class Kafka:
    """A sender that answers by a script: for each batch how a record is answered, or what is raised."""

    def __init__(self, *script: Callable[[OutRecord], Delivery] | Exception) -> None:
        self._script = list(script)
        self.sent: list[list[str]] = []

    async def send(self, records: Sequence[OutRecord]) -> Sequence[Delivery]:
        self.sent.append([(dict(record.headers)["origin"] or b"").decode()[-1] for record in records])
        answer = self._script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return [answer(record) for record in records]


def kept(_record: OutRecord) -> Delivery:
    return Delivered(0, 0)


def router(kafka: Kafka, routes: Callable[[], Routes] = lambda: NOBODY) -> LineRouter:
    return LineRouter(routes, kafka, 1000, timedelta(0), LineMetrics(NoOpMeter("test")))


async def test_it_returns_only_when_every_line_is_acknowledged() -> None:
    def second_fails(record: OutRecord) -> Delivery:
        failed = dict(record.headers)["origin"] == b"id/0/1"
        return Failed("no answer", maybe_kept=True) if failed else Delivered(0, 0)

    kafka = Kafka(second_fails, second_fails, kept)
    await router(kafka).route([line(0), line(1), line(2)])
    assert kafka.sent == [["0", "1", "2"], ["1"], ["1"]]


async def test_a_full_queue_is_waited_for() -> None:
    kafka = Kafka(QueueFull(1, 1, 1, 1), kept)
    routing = router(kafka)
    await routing.route([line(0)])
    assert kafka.sent == [["0"], ["0"]]
    assert routing.why_waiting is None


async def test_a_batch_larger_than_the_producer_is_sent_in_pieces_that_fit() -> None:
    class Narrow:
        """Takes what a producer takes that may hold so much."""

        def __init__(self) -> None:
            self.taken: list[int] = []

        async def send(self, records: Sequence[OutRecord]) -> Sequence[Delivery]:
            size = sum(len(record.value or b"") for record in records)
            if size > 128 * MIB:
                raise QueueFull(len(records), size, 0, 0)
            self.taken.append(len(records))
            return [Delivered(0, 0)] * len(records)

    narrow, value = Narrow(), b"." * MIB
    lines = [Line(0, offset, None, value, [], 0) for offset in range(200)]
    routing = LineRouter(lambda: NOBODY, narrow, MIB, timedelta(0), LineMetrics(NoOpMeter("test")))
    async with asyncio.timeout(20):
        await routing.route(lines)
    assert sum(narrow.taken) == 200
    assert routing.why_waiting is None


async def test_what_the_queue_had_no_room_for_is_sent_again_and_nothing_else() -> None:
    kafka = Kafka(kept, QueueFull(1, 1, 1, 1), kept, kept)
    lines = [Line(0, offset, None, b"." * 5 * MIB, [], 0) for offset in range(3)]
    routing = LineRouter(lambda: NOBODY, kafka, 5 * MIB, timedelta(0), LineMetrics(NoOpMeter("test")))
    await routing.route(lines)
    assert kafka.sent == [["0"], ["1"], ["2"], ["1"]]


async def test_a_producer_that_failed_for_good_ends_it() -> None:
    with pytest.raises(ProducerFailed):
        await router(Kafka(ProducerFailed("fenced"))).route([line(0)])


async def test_what_is_sent_again_is_decided_by_the_routes_of_then() -> None:
    known = iter([Routes("before", {}, frozenset()), Routes("after", {}, frozenset())])
    origins: list[bytes | None] = []

    def once(record: OutRecord) -> Delivery:
        origins.append(dict(record.headers)["origin"])
        return Failed("gone", maybe_kept=False) if len(origins) == 1 else Delivered(0, 0)

    await router(Kafka(once, once), lambda: next(known)).route([line(0)])
    assert origins == [b"before/0/0", b"after/0/0"]
