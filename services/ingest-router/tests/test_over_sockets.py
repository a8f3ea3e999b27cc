"""The door on twins behind real servers: what only a socket shows, and the lake's own client."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import grpc
import pytest
from ingest_router.inbound.rpc.servicer import add_ingest_service
from ingest_router.on_twins import DoorOnTwins
from tidelake.client import IngestClient, NothingTaken, RequestRefused
from tidelake.client.rpc import GrpcIngestClient
from tidelake.runtime.http import serving
from tidelake.streams.producer import Failed

GOOD = b'{"id": "t1", "distance": 12, "started": "2013-01-01T10:00:00Z"}'
BAD = GOOD.replace(b"12", b'"far"')


@dataclass(frozen=True)
class Served:
    door: DoorOnTwins
    token: str
    http_port: int
    grpc_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def head(self, length: int, *more: str, token: str | None = None) -> bytes:
        lines = [
            "POST /v1/datasets/trips/events HTTP/1.1",
            "Host: door",
            f"Authorization: Bearer {token or self.token}",
            "Content-Type: application/json",
            f"Content-Length: {length}",
            *more,
        ]
        return "\r\n".join([*lines, "", ""]).encode()


@pytest.fixture
async def served(door: DoorOnTwins, token: str) -> AsyncIterator[Served]:
    server = grpc.aio.server()
    add_ingest_service(door.servicer, server)
    grpc_port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    stop_timeout = timedelta(seconds=1)
    async with serving(
        door.app, "127.0.0.1", 0, stop_timeout=stop_timeout, answers_half_closed=True
    ) as http_port:
        yield Served(door, token, http_port, grpc_port)
    await server.stop(1)


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.split("content-length:")[1].split("\r\n")[0])
    return int(head.split()[1]), (await reader.readexactly(length)).decode()


class TestSockets:
    @pytest.mark.parametrize("settings", [{"body_timeout": 0.1}])
    async def test_a_slow_body_is_408_while_others_are_served(self, served: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.http_port)
        writer.write(served.head(len(GOOD)) + GOOD[:10])
        other_reader, other = await asyncio.open_connection("127.0.0.1", served.http_port)
        other.write(served.head(len(GOOD)) + GOOD)
        assert (await read_answer(other_reader))[0] == 200
        status, text = await read_answer(reader)
        assert status == 408
        assert "body_timeout" in text
        assert len(served.door.kept("events.trips")) == 1
        writer.close()
        other.close()

    async def test_eight_announced_bodies_without_a_byte_lock_nobody_out(self, served: Served) -> None:
        idle = [await asyncio.open_connection("127.0.0.1", served.http_port) for _ in range(8)]
        for _, writer in idle:
            writer.write(served.head(8 * 1024 * 1024))
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", served.http_port)
        writer.write(served.head(len(GOOD)) + GOOD)
        assert (await read_answer(reader))[0] == 200
        assert served.door.door.reception.in_flight.taken == 0
        for _, one in [*idle, (reader, writer)]:
            one.close()

    @pytest.mark.parametrize(
        "settings", [{"max_record_bytes": 1024, "max_body_bytes": 100_000, "max_in_flight_bytes": 400_000}]
    )
    async def test_a_producer_that_fills_its_half_with_slow_bodies_leaves_the_other_half(
        self, served: Served
    ) -> None:
        modest = served.door.key_for("dispatchers")
        await served.door.look()
        slow = [await asyncio.open_connection("127.0.0.1", served.http_port) for _ in range(3)]
        for _, writer in slow:
            writer.write(served.head(100_000) + b"[" + b" " * 99_000)
            await asyncio.sleep(0.02)
        assert (await read_answer(slow[2][0]))[0] == 429
        reader, writer = await asyncio.open_connection("127.0.0.1", served.http_port)
        writer.write(served.head(len(GOOD), token=modest) + GOOD)
        assert (await read_answer(reader))[0] == 200, "there is room for others"
        for _, one in [*slow, (reader, writer)]:
            one.close()

    async def test_a_record_of_20_mb_is_413_although_its_sender_never_stops_to_listen(
        self, served: Served
    ) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.http_port)
        size = 20_000_000
        writer.write(served.head(size))
        for _ in range(20):
            writer.write(b"x" * (size // 20))
            await writer.drain()
        status, text = await read_answer(reader)
        assert status == 413
        assert "20000000 bytes" in text
        assert "max_body_bytes" in text
        assert "max_record_bytes" in text
        assert await reader.read() == b"", "the connection is closed behind such a request"
        writer.close()

    async def test_a_sender_that_asks_first_need_not_send_what_will_be_refused(self, served: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.http_port)
        writer.write(served.head(20_000_000, "Expect: 100-continue"))
        status, _ = await read_answer(reader)
        assert status == 413
        writer.close()

    async def test_a_stranger_gets_an_answer_in_the_middle_of_a_body_that_never_ends(
        self, served: Served
    ) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.http_port)
        writer.write(served.head(1_000_000, token="tl_nobody") + b"x" * 100)
        assert (await asyncio.wait_for(read_answer(reader), 2))[0] == 401
        writer.close()

    async def test_a_sender_that_goes_away_in_its_body_leaves_nothing_behind(self, served: Served) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", served.http_port)
        writer.write(served.head(len(GOOD)) + GOOD[:10])
        await asyncio.sleep(0.05)
        writer.close()
        await asyncio.sleep(0.05)
        assert served.door.door.reception.in_flight.taken == 0
        assert served.door.kept("events.trips") == []

    async def test_a_sender_that_goes_away_before_its_answer_is_counted(self, served: Served) -> None:
        served.door.producer.hold()
        _, writer = await asyncio.open_connection("127.0.0.1", served.http_port)
        writer.write(served.head(len(GOOD)) + GOOD)
        await asyncio.sleep(0.05)
        writer.close()
        await asyncio.sleep(0.05)
        served.door.producer.release()
        await served.door.door.reception.intake.drain()
        (count,) = served.door.door.tally.counts()
        assert (count.received, count.acknowledged) == (1, 1)

    async def test_a_sender_that_closes_its_side_gets_the_receipt_that_kafka_gave(
        self, served: Served
    ) -> None:
        served.door.producer.hold()
        reader, writer = await asyncio.open_connection("127.0.0.1", served.http_port)
        writer.write(served.head(len(GOOD)) + GOOD)
        writer.write_eof()
        await asyncio.sleep(0.05)
        served.door.producer.release()
        status, text = await asyncio.wait_for(read_answer(reader), 5)
        assert (status, '"accepted":1' in text) == (200, True)
        assert await reader.read() == b"", "the connection is closed behind it"
        writer.close()

    async def test_one_connection_carries_many_requests(self, served: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.http_port)
        for body, status in ((GOOD, 200), (BAD, 422), (b"{oops", 400), (GOOD, 200)):
            writer.write(served.head(len(body)) + body)
            assert (await read_answer(reader))[0] == status
        writer.close()

    async def test_what_is_no_http_is_400_and_harms_nobody(self, served: Served) -> None:
        with socket.create_connection(("127.0.0.1", served.http_port)) as stranger:
            stranger.sendall(b"\x16\x03\x01 not http at all\r\n\r\n")
            stranger.settimeout(2)
            answer = await asyncio.to_thread(stranger.recv, 100)
        assert b"400" in answer


class TestTheClient:
    async def test_by_http_receipts_say_what_kafka_has(self, served: Served) -> None:
        def send() -> list[bytes]:
            with IngestClient(served.url, served.token, compression="zstd") as lake:
                receipts = lake.publish("trips", [GOOD, BAD, {"id": "t2"}])
                assert [receipt.status for receipt in receipts.receipts] == ["accepted", "refused", "refused"]
                sent = lake.publish_many("trips", [GOOD, BAD] * 50, batch=7, in_flight=3)
                assert (sent.records, sent.accepted, sent.refused) == (100, 50, 50)
                return [GOOD] * 51

        kept = await asyncio.to_thread(send)
        assert [record.value for record in served.door.kept("events.trips")] == kept

    @pytest.mark.usefixtures("second_major")
    async def test_a_major_version_is_addressed_as_its_topic_ends(self, served: Served) -> None:
        def send() -> None:
            with IngestClient(served.url, served.token) as lake:
                described = lake.dataset("trips.v2")
                assert described is not None
                assert described["topic"] == "events.trips.v2"
                receipts = lake.publish("trips.v2", [GOOD])
                assert (receipts.dataset, receipts.version) == ("trips.v2", "2.0.0")
                assert lake.publish_many("trips.v2", [GOOD] * 5, batch=2).accepted == 5
                assert lake.publish("trips", [GOOD]).version == "1.0.0"
            with GrpcIngestClient(f"127.0.0.1:{served.grpc_port}", served.token) as lake:
                assert lake.publish("trips.v2", [GOOD]).dataset == "trips.v2"

        await asyncio.to_thread(send)
        assert len(served.door.kept("events.trips.v2")) == 7
        assert len(served.door.kept("events.trips")) == 1

    async def test_by_http_a_strangers_key_is_told_by_its_problem(self, served: Served) -> None:
        def send() -> None:
            with IngestClient(served.url, "tl_nobody") as lake, pytest.raises(RequestRefused) as caught:
                lake.publish("trips", [GOOD])
            assert caught.value.problem.type == "unauthenticated"

        await asyncio.to_thread(send)

    async def test_by_http_an_unconfirmed_batch_goes_out_again_under_the_same_ids(
        self, served: Served
    ) -> None:
        served.door.producer.fail_next(Failed("timed out", maybe_kept=True), kept=True)

        def send() -> None:
            with IngestClient(served.url, served.token) as lake:
                receipts = lake.publish("notes", [GOOD])
            assert receipts.earlier[0].receipts[0].status == "unconfirmed"
            assert receipts.earlier[0].receipts[0].event_id == receipts.accepted[0].event_id

        await asyncio.to_thread(send)
        keys = [record.key for record in served.door.kept("events.notes")]
        assert len(keys) == 2
        assert keys[0] == keys[1]

    async def test_by_grpc_receipts_and_errors_are_those_of_http(self, served: Served) -> None:
        def send() -> None:
            target = f"127.0.0.1:{served.grpc_port}"
            with GrpcIngestClient(target, served.token) as lake:
                receipts = lake.publish("trips", [GOOD, BAD])
                assert [receipt.status for receipt in receipts.receipts] == ["accepted", "refused"]
                assert receipts.refused[0].broken_rules[0].field == "distance"
                with pytest.raises(RequestRefused, match="notes, trips") as caught:
                    lake.publish("trip", [GOOD])
                assert caught.value.problem.status == 404
                answers = list(lake.publish_stream("trips", [[GOOD], [BAD], [GOOD, GOOD]]))
                assert isinstance(answers[1], RequestRefused)
                assert [len(one.receipts) for one in answers if not isinstance(one, Exception)] == [1, 2]

        await asyncio.to_thread(send)

    @pytest.mark.parametrize("megabytes", [5, 20], ids=["the server refuses", "the client refuses"])
    async def test_by_grpc_what_grpc_itself_finds_too_large_is_refused(
        self, served: Served, megabytes: int
    ) -> None:
        def send() -> None:
            with GrpcIngestClient(f"127.0.0.1:{served.grpc_port}", served.token) as lake:
                with pytest.raises(RequestRefused, match="fewer records") as caught:
                    lake.publish("trips", [b"x" * 1_000_000] * megabytes)
                assert caught.value.problem.status == 413

        await asyncio.to_thread(send)

    async def test_by_grpc_kafka_away_is_nothing_taken(self, served: Served) -> None:
        served.door.broker.available = False
        await served.door.look()

        def send() -> None:
            with GrpcIngestClient(f"127.0.0.1:{served.grpc_port}", served.token) as lake:
                publish = partial(lake.publish, "trips", [GOOD])
                with pytest.raises(NothingTaken) as caught:
                    publish()
                assert caught.value.retry_after == timedelta(seconds=1)

        await asyncio.to_thread(send)
