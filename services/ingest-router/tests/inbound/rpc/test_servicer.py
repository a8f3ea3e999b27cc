"""gRPC over a real channel on loopback, with the door on twins behind it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, cast

import grpc
import pytest
from google.rpc import status_pb2  # pyright: ignore[reportMissingTypeStubs]
from ingest_router.generated import ingest_pb2 as pb
from ingest_router.generated.ingest_pb2_grpc import IngestServiceStub
from ingest_router.inbound.rpc.servicer import add_ingest_service
from ingest_router.on_twins import DoorOnTwins
from tidelake.streams.producer import Failed

if TYPE_CHECKING:
    from ingest_router.generated.ingest_pb2_grpc import IngestServiceAsyncStub

GOOD = b'{"id": "t1", "distance": 12, "started": "2013-01-01T10:00:00Z"}'
PUBLISH = "/tidelake.ingest.v1.IngestService/Publish"
PUBLISH_STREAM = f"{PUBLISH}Stream"
BAD = b'{"id": "t1", "distance": "far", "started": "2013-01-01T10:00:00Z"}'


@pytest.fixture
async def channel(door: DoorOnTwins) -> AsyncIterator[Any]:
    server = grpc.aio.server()
    add_ingest_service(door.servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(1)


@pytest.fixture
def stub(channel: grpc.aio.Channel) -> IngestServiceAsyncStub:
    return IngestServiceStub(channel)


@pytest.fixture
def metadata(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


def batch(*values: bytes, dataset: str = "trips", **more: Any) -> pb.PublishRequest:
    return pb.PublishRequest(dataset=dataset, records=[pb.Record(value=value) for value in values], **more)


def problem_of(error: grpc.aio.AioRpcError) -> pb.Problem:
    trailing = dict(error.trailing_metadata())
    status = status_pb2.Status.FromString(cast("bytes", trailing["grpc-status-details-bin"]))
    problem = pb.Problem()
    assert status.details[0].Unpack(cast("Any", problem))
    return problem


async def refusal(
    stub: IngestServiceAsyncStub, request: pb.PublishRequest, metadata: Any
) -> tuple[grpc.StatusCode, pb.Problem]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.Publish(request, metadata=metadata)
    return caught.value.code(), problem_of(caught.value)


def tasks_of(name: str) -> list[asyncio.Task[Any]]:
    """Tasks of this loop that run the method of that name."""
    return [task for task in asyncio.all_tasks() if name in getattr(task.get_coro(), "__qualname__", "")]


async def until(condition: Callable[[], bool]) -> None:
    """Raises TimeoutError if it does not come true within seconds."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_batch_is_kept_byte_for_byte_with_a_receipt_each(
    stub: IngestServiceAsyncStub, door: DoorOnTwins, metadata: Any
) -> None:
    answer = await stub.Publish(batch(GOOD, BAD, GOOD), metadata=metadata)
    assert (answer.received, answer.accepted, answer.refused) == (3, 2, 1)
    assert [receipt.WhichOneof("outcome") for receipt in answer.receipts] == [
        "accepted",
        "refused",
        "accepted",
    ]
    assert answer.receipts[2].index == 2
    assert answer.receipts[2].accepted.offset == 1
    rule = answer.receipts[1].refused.broken_rules[0]
    assert (rule.field, rule.rule, rule.value) == ("distance", "type", '"far"')
    assert [record.value for record in door.kept("events.trips")] == [GOOD, GOOD]


async def test_ids_come_from_the_record_and_else_from_the_batch(
    stub: IngestServiceAsyncStub, metadata: Any
) -> None:
    request = batch(GOOD, GOOD, dataset="notes", idempotency_key="b1")
    request.records[0].id = "own"
    answer = await stub.Publish(request, metadata=metadata)
    assert [receipt.accepted.event_id for receipt in answer.receipts] == ["own", '["terminals","b1",1]']


@pytest.mark.usefixtures("second_major")
async def test_each_major_version_has_an_address_of_its_own(
    stub: IngestServiceAsyncStub, door: DoorOnTwins, metadata: Any
) -> None:
    first = await stub.Publish(batch(GOOD), metadata=metadata)
    second = await stub.Publish(batch(GOOD, GOOD, dataset="trips.v2"), metadata=metadata)
    assert (first.dataset, first.version) == ("trips", "1.0.0")
    assert (second.dataset, second.version) == ("trips.v2", "2.0.0")
    assert (len(door.kept("events.trips")), len(door.kept("events.trips.v2"))) == (1, 2)


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        (batch(GOOD, dataset="trip"), grpc.StatusCode.NOT_FOUND, "notes, trips"),
        (batch(), grpc.StatusCode.INVALID_ARGUMENT, "no record"),
        (batch(BAD), grpc.StatusCode.INVALID_ARGUMENT, '"far"'),
        (batch(b"{oops"), grpc.StatusCode.INVALID_ARGUMENT, "byte 1"),
        (batch(b"x" * 2_000_000), grpc.StatusCode.RESOURCE_EXHAUSTED, "max_record_bytes"),
        (batch(*[GOOD] * 10_001), grpc.StatusCode.RESOURCE_EXHAUSTED, "max_records_per_request"),
    ],
)
async def test_a_refusal_has_the_status_and_the_words_of_http(
    stub: IngestServiceAsyncStub,
    metadata: Any,
    request_: pb.PublishRequest,
    code: grpc.StatusCode,
    text: str,
) -> None:
    seen, problem = await refusal(stub, request_, metadata)
    assert seen is code
    assert text in problem.detail
    assert problem.next_step
    assert problem.retry_after_seconds == 0


async def test_no_key_and_a_strangers_key_are_told_apart(
    stub: IngestServiceAsyncStub, door: DoorOnTwins, metadata: Any
) -> None:
    assert (await refusal(stub, batch(GOOD), ()))[0] is grpc.StatusCode.UNAUTHENTICATED
    stranger = door.key_for("strangers")
    await door.look()
    code, _ = await refusal(stub, batch(GOOD), (("authorization", f"Bearer {stranger}"),))
    assert code is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize("settings", [{"max_record_bytes": 1024, "max_body_bytes": 4096}])
async def test_a_batch_too_large_names_the_setting(stub: IngestServiceAsyncStub, metadata: Any) -> None:
    code, problem = await refusal(stub, batch(*[GOOD] * 100), metadata)
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "max_body_bytes allows 4096" in problem.detail


@pytest.mark.usefixtures("token")
async def test_a_stranger_is_answered_before_any_message_is_read(channel: Any) -> None:
    for open_call in (channel.stream_unary(PUBLISH), channel.stream_stream(PUBLISH_STREAM)):
        call: Any = open_call(metadata=(("authorization", "Bearer tl_nobody"),))  # and sends nothing
        async with asyncio.timeout(5):
            assert await call.code() is grpc.StatusCode.UNAUTHENTICATED
        assert b"unauthenticated" in dict(await call.trailing_metadata())["grpc-status-details-bin"]


async def test_a_door_that_stops_reads_no_message(channel: Any, door: DoorOnTwins) -> None:
    await door.door.reception.intake.drain()
    call: Any = channel.stream_unary(PUBLISH)()
    async with asyncio.timeout(5):
        assert await call.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("settings", [{"max_records_per_request": 100}])
async def test_a_million_records_are_refused_before_one_is_an_object(
    channel: Any, metadata: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest_router.inbound.rpc.received.pb", None)
    empty_records = b"\x12\x00" * 1_000_000
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.unary_unary(PUBLISH)(empty_records, metadata=metadata)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "max_records_per_request" in problem_of(caught.value).detail


@pytest.mark.parametrize("message", [b"\xff" * 20, b"\x0a\x01\xff", b"\x12\x05ab", b"\x0b"])
async def test_what_is_no_message_is_invalid(channel: Any, metadata: Any, message: bytes) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.unary_unary(PUBLISH)(message, metadata=metadata)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "can't be read" in problem_of(caught.value).detail


async def test_a_call_without_a_message_is_invalid(channel: Any, metadata: Any) -> None:
    call: Any = channel.stream_unary(PUBLISH)(iter(()), metadata=metadata)
    assert await call.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("settings", [{"body_timeout": 0.1}])
async def test_a_call_whose_message_does_not_come_ends(channel: Any, metadata: Any) -> None:
    call: Any = channel.stream_unary(PUBLISH)(metadata=metadata)
    async with asyncio.timeout(5):
        assert await call.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert "body_timeout" in await call.details()


@pytest.mark.parametrize("settings", [{"max_body_bytes": 2_000_000, "max_in_flight_bytes": 8_000_000}])
async def test_no_memory_left_is_exhausted_before_a_record_is_counted(
    stub: IngestServiceAsyncStub, door: DoorOnTwins, metadata: Any
) -> None:
    with door.door.reception.in_flight.charge("terminals") as others:
        assert others.take(4_000_000)
        code, problem = await refusal(stub, batch(*[b""] * 10_001), metadata)
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "max_in_flight_bytes" in problem.detail
    assert problem.retry_after_seconds == 1


@pytest.mark.parametrize("settings", [{"max_open_calls": 4}])
async def test_a_producer_with_half_of_the_calls_leaves_the_others_to_others(
    stub: IngestServiceAsyncStub, door: DoorOnTwins, metadata: Any
) -> None:
    modest = door.key_for("dispatchers")
    await door.look()
    idle = [stub.PublishStream(metadata=metadata) for _ in range(2)]
    await until(lambda: len(tasks_of("_read_stream")) == 2)
    code, problem = await refusal(stub, batch(GOOD), metadata)
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "max_open_calls" in problem.detail
    assert problem.retry_after_seconds == 1
    answer = await stub.Publish(batch(GOOD), metadata=(("authorization", f"Bearer {modest}"),))
    assert answer.accepted == 1
    for call in idle:
        call.cancel()
    await until(lambda: door.door.reception.open_calls.taken == 0)
    assert (await stub.Publish(batch(GOOD), metadata=metadata)).accepted == 1


async def test_kafka_away_asks_to_come_back(
    stub: IngestServiceAsyncStub, door: DoorOnTwins, metadata: Any
) -> None:
    door.broker.available = False
    await door.look()
    code, problem = await refusal(stub, batch(GOOD), metadata)
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert problem.retry_after_seconds == 1


async def test_no_answer_in_time_is_unavailable_with_the_receipts_that_fit(
    stub: IngestServiceAsyncStub, door: DoorOnTwins, metadata: Any
) -> None:
    for _ in range(500):
        door.producer.fail_next(Failed("timed out", maybe_kept=True))
    code, problem = await refusal(stub, batch(*[GOOD] * 500), metadata)
    assert code is grpc.StatusCode.UNAVAILABLE
    assert problem.outcome.unconfirmed == 500
    assert 0 < len(problem.outcome.receipts) < 500
    assert problem.outcome.receipts[0].unconfirmed.event_id


async def test_a_sender_that_goes_away_is_counted_all_the_same(
    stub: IngestServiceAsyncStub, door: DoorOnTwins, metadata: Any
) -> None:
    door.producer.hold()
    call = cast("Any", stub.Publish(batch(GOOD), metadata=metadata))
    await asyncio.sleep(0.05)
    call.cancel()
    await asyncio.sleep(0.05)
    door.producer.release()
    await door.door.reception.intake.drain()
    (count,) = door.door.tally.counts()
    assert (count.received, count.acknowledged) == (1, 1)


class TestStream:
    async def test_answers_come_in_the_order_of_the_batches(
        self, stub: IngestServiceAsyncStub, metadata: Any
    ) -> None:
        async def requests() -> AsyncIterator[pb.PublishStreamRequest]:
            for number in range(50):
                values = [GOOD] * (50 - number)
                yield pb.PublishStreamRequest(batch=batch(*values), batch_id=str(number))

        answers = [answer async for answer in stub.PublishStream(requests(), metadata=metadata)]
        assert [answer.batch_id for answer in answers] == [str(number) for number in range(50)]
        assert [answer.outcome.accepted for answer in answers] == list(range(50, 0, -1))

    async def test_a_batch_that_fails_does_not_end_the_stream(
        self, stub: IngestServiceAsyncStub, metadata: Any
    ) -> None:
        async def requests() -> AsyncIterator[pb.PublishStreamRequest]:
            yield pb.PublishStreamRequest(batch=batch(BAD), batch_id="bad")
            yield pb.PublishStreamRequest(batch=batch(GOOD, dataset="trip"), batch_id="unknown")
            yield pb.PublishStreamRequest(batch=batch(GOOD), batch_id="good")

        bad, unknown, good = [answer async for answer in stub.PublishStream(requests(), metadata=metadata)]
        assert bad.problem.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
        assert bad.problem.problem.outcome.receipts[0].refused.broken_rules[0].field == "distance"
        assert unknown.problem.code == grpc.StatusCode.NOT_FOUND.value[0]
        assert good.outcome.accepted == 1

    async def test_batches_that_wait_for_kafka_hold_the_sender_back(
        self, stub: IngestServiceAsyncStub, door: DoorOnTwins, metadata: Any
    ) -> None:
        door.producer.hold()
        call = stub.PublishStream(metadata=metadata)
        large = batch(GOOD[:-1] + b', "driver": "' + b"x" * 60_000 + b'"}')
        sent = 0

        async def send() -> None:
            nonlocal sent
            while True:
                await call.write(pb.PublishStreamRequest(batch=large, batch_id=str(sent)))
                sent += 1

        sending = asyncio.create_task(send())
        await asyncio.sleep(0.5)
        before = sent
        await asyncio.sleep(0.3)
        assert sent == before
        assert sent < 200  # what the windows of the connection hold
        sending.cancel()
        call.cancel()
        door.producer.release()

    async def test_a_cancelled_stream_with_all_its_places_taken_leaves_no_reader_behind(
        self, stub: IngestServiceAsyncStub, door: DoorOnTwins, metadata: Any
    ) -> None:
        door.producer.hold()
        call = stub.PublishStream(metadata=metadata)
        for number in range(20):
            await call.write(pb.PublishStreamRequest(batch=batch(GOOD), batch_id=str(number)))
        # One is awaited, eight have a place, and with the tenth the reader waits for one.
        await until(lambda: len(tasks_of("_answer_in_stream")) == 10)
        call.cancel()
        await until(lambda: not tasks_of("_read_stream"))
        door.producer.release()
        await until(lambda: not tasks_of("_answer_in_stream"))

    async def test_a_hundred_streams_cancelled_in_every_phase_leave_nothing_behind(
        self, stub: IngestServiceAsyncStub, door: DoorOnTwins, metadata: Any
    ) -> None:
        complaints: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

        async def one(number: int) -> None:
            call = stub.PublishStream(metadata=metadata)
            for sent in range(number % 16):  # up to more than have a place
                await call.write(pb.PublishStreamRequest(batch=batch(GOOD), batch_id=str(sent)))
            if number % 3 == 0:
                await call.done_writing()
            if number % 4 == 0 and number % 16 and not held:
                await call.read()
            await asyncio.sleep(number % 7 * 0.05)
            call.cancel()

        for held in (False, True):
            if held:
                door.producer.hold()
            await asyncio.gather(*(one(number) for number in range(50)))
            await until(lambda: not tasks_of("_read_stream"))
        door.producer.release()
        reception = door.door.reception
        await until(lambda: reception.open_calls.taken == 0 and reception.in_flight.taken == 0)
        await until(lambda: not tasks_of("_read_stream") and not tasks_of("_answer_in_stream"))
        gc.collect()
        await asyncio.sleep(0)
        assert complaints == []

    @pytest.mark.parametrize("settings", [{"max_records_per_request": 2}])
    async def test_a_batch_with_too_many_records_or_none_that_can_be_read_is_answered_under_its_id(
        self, channel: Any, metadata: Any
    ) -> None:
        async def requests() -> AsyncIterator[bytes]:
            many = pb.PublishStreamRequest(batch=batch(GOOD, GOOD), batch_id="joined").SerializeToString()
            yield many + pb.PublishStreamRequest(batch=batch(GOOD)).SerializeToString()
            yield b"\x0a\x02\x12\x09" + pb.PublishStreamRequest(batch_id="broken").SerializeToString()
            yield b"\x0b"
            yield pb.PublishStreamRequest(batch=batch(GOOD), batch_id="good").SerializeToString()

        call: Any = channel.stream_stream(PUBLISH_STREAM)(requests(), metadata=metadata)
        answers = [pb.PublishStreamResponse.FromString(answer) async for answer in call]
        assert [answer.batch_id for answer in answers] == ["joined", "broken", "", "good"]
        assert "max_records_per_request" in answers[0].problem.problem.detail
        invalid = grpc.StatusCode.INVALID_ARGUMENT.value[0]
        assert [answer.problem.code for answer in answers[1:3]] == [invalid, invalid]
        assert answers[3].outcome.accepted == 1

    async def test_a_stop_answers_what_was_read_and_ends_the_stream(
        self, stub: IngestServiceAsyncStub, door: DoorOnTwins, metadata: Any
    ) -> None:
        door.producer.hold()
        call = stub.PublishStream(metadata=metadata)
        await call.write(pb.PublishStreamRequest(batch=batch(GOOD), batch_id="last"))
        await asyncio.sleep(0.05)
        door.servicer.stop()
        await asyncio.sleep(0.05)
        door.producer.release()
        answer = await call.read()
        assert isinstance(answer, pb.PublishStreamResponse)
        assert answer.batch_id == "last"
        assert answer.outcome.accepted == 1
        assert await call.code() is grpc.StatusCode.UNAVAILABLE
