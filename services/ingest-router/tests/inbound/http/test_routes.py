"""The HTTP API on twins: what goes in, what comes out, and every way in which it can be wrong."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import zstandard
from ingest_router.on_twins import DoorOnTwins
from tidelake.contracts.event_id import MAX_EVENT_ID_BYTES
from tidelake.streams.producer import Failed
from tidelake.testkit.clock import FakeClock

PUBLISHED = Path(__file__).parents[2] / "published"
URL = "/v1/datasets/trips/events"
GOOD = b'{"id": "t1", "distance": 12, "started": "2013-01-01T10:00:00Z"}'
NDJSON = {"content-type": "application/x-ndjson"}


def trip(number: int) -> dict[str, Any]:
    return {"id": f"t{number}", "distance": number, "started": "2013-01-01T10:00:00Z"}


def values(door: DoorOnTwins, topic: str = "events.trips") -> list[bytes | None]:
    return [record.value for record in door.kept(topic)]


class TestWhatIsTaken:
    async def test_one_object_is_kept_byte_for_byte(self, http: httpx.AsyncClient, door: DoorOnTwins) -> None:
        response = await http.post(URL, content=b" \n" + GOOD + b"\n")
        assert response.status_code == 200
        assert response.json()["receipts"] == [
            {
                "index": 0,
                "status": "accepted",
                "event_id": '["2013-01-01T10:00:00Z","t1"]',
                "retry_recognised": True,
                "topic": "events.trips",
                "partition": 0,
                "offset": 0,
            }
        ]
        assert values(door) == [GOOD]

    async def test_the_envelope_says_what_who_and_when(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        await http.post(URL, content=GOOD)
        (record,) = door.kept("events.trips")
        assert record.key == b'["2013-01-01T10:00:00Z","t1"]'
        assert dict(record.headers) == {
            b"ce_specversion": b"1.0",
            b"ce_id": b'["2013-01-01T10:00:00Z","t1"]',
            b"ce_source": b"/datasets/trips",
            b"ce_type": b"trips",
            b"ce_time": b"2013-01-01T10:00:00Z",
            b"ce_receivedtime": b"2013-01-01T00:00:00.000Z",
            b"ce_dataschema": b"trips/1.0.0",
            b"ce_producer": b"terminals",
            b"content-type": b"application/json",
        }

    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            (b"[" + GOOD + b" , " + GOOD + b"]", {}),
            (GOOD + b"\n\n" + GOOD, NDJSON),
            (GOOD + b"\r\n" + GOOD + b"\r\n", NDJSON),
            (gzip.compress(GOOD + b"\n" + GOOD), NDJSON | {"content-encoding": "gzip"}),
            (
                zstandard.ZstdCompressor().compress(GOOD + b"\n" + GOOD),
                NDJSON | {"content-encoding": "zstd"},
            ),
        ],
        ids=["array", "lines", "lines of Windows", "gzip", "zstd"],
    )
    async def test_every_form_of_body_holds_the_same_records(
        self, http: httpx.AsyncClient, door: DoorOnTwins, body: bytes, headers: dict[str, str]
    ) -> None:
        response = await http.post(URL, content=body, headers=headers)
        assert response.status_code == 200
        assert values(door) == [GOOD, GOOD]

    async def test_a_refused_record_does_not_harm_its_neighbours(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        bad = GOOD.replace(b"12", b'"far"')
        response = await http.post(URL, content=b"\n".join([GOOD, bad, b"{oops", GOOD]), headers=NDJSON)
        answer = response.json()
        assert response.status_code == 207
        assert [receipt["status"] for receipt in answer["receipts"]] == [
            "accepted",
            "refused",
            "refused",
            "accepted",
        ]
        assert answer["receipts"][1]["broken_rules"] == [
            {"field": "distance", "rule": "type", "value": '"far"', "expected": "a whole number"}
        ]
        assert answer["receipts"][2]["broken_rules"][0]["rule"] == "json"
        assert (answer["received"], answer["accepted"], answer["refused"]) == (4, 2, 2)
        assert values(door) == [GOOD, GOOD]

    async def test_only_bad_records_are_422_and_say_what_would_be_right(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        response = await http.post(URL, content=b'{"id": "t1", "started": "2013-01-01T10:00:00Z"}')
        answer = response.json()
        assert response.status_code == 422
        assert response.headers["content-type"] == "application/problem+json"
        assert answer["receipts"][0]["broken_rules"][0]["field"] == "distance"
        assert "distance" in answer["detail"]
        assert answer["next_step"]
        assert values(door) == []

    async def test_a_masked_value_is_not_told(self, http: httpx.AsyncClient) -> None:
        response = await http.post(URL, json=trip(1) | {"driver": 4711})
        assert response.status_code == 422
        assert "4711" not in response.text


class TestEventIds:
    async def test_without_an_id_of_anyone_a_retry_is_another_event(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        url = "/v1/datasets/notes/events"
        first, second = [(await http.post(url, content=GOOD)).json()["receipts"][0] for _ in range(2)]
        assert not first["retry_recognised"]
        assert first["event_id"] != second["event_id"]
        assert len(values(door, "events.notes")) == 2

    async def test_an_idempotency_key_names_each_record_by_producer_and_index(
        self, http: httpx.AsyncClient
    ) -> None:
        headers = {"idempotency-key": "load-7"}
        response = await http.post("/v1/datasets/notes/events", json=[trip(1), trip(2)], headers=headers)
        receipts = response.json()["receipts"]
        assert [receipt["event_id"] for receipt in receipts] == [
            '["terminals","load-7",0]',
            '["terminals","load-7",1]',
        ]
        assert all(receipt["retry_recognised"] for receipt in receipts)

    async def test_an_empty_idempotency_key_is_none(self, http: httpx.AsyncClient) -> None:
        url, headers = "/v1/datasets/notes/events", {"idempotency-key": ""}
        receipts = [(await http.post(url, content=GOOD, headers=headers)).json()["receipts"][0] for _ in "12"]
        assert receipts[0]["event_id"] != receipts[1]["event_id"]
        assert not receipts[0]["retry_recognised"]

    async def test_the_cloudevents_id_of_one_record_is_its_id(self, http: httpx.AsyncClient) -> None:
        headers = {"ce-id": "a%20b", "ce-specversion": "1.0", "ce-type": "x", "ce-source": "/y"}
        response = await http.post("/v1/datasets/notes/events", content=GOOD, headers=headers)
        assert response.json()["receipts"][0]["event_id"] == "a b"

    async def test_one_cloudevents_id_for_two_records_is_refused(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        response = await http.post(
            "/v1/datasets/notes/events", json=[trip(1), trip(2)], headers={"ce-id": "one"}
        )
        assert response.status_code == 400
        assert "ce-id names one event" in response.json()["detail"]
        assert values(door, "events.notes") == []

    async def test_another_version_of_cloudevents_is_refused(self, http: httpx.AsyncClient) -> None:
        response = await http.post(URL, content=GOOD, headers={"ce-specversion": "0.3"})
        assert response.status_code == 400
        assert "0.3" in response.json()["detail"]

    async def test_the_contracts_id_wins_over_the_senders(self, http: httpx.AsyncClient) -> None:
        response = await http.post(URL, content=GOOD, headers={"ce-id": "mine", "idempotency-key": "k"})
        assert response.json()["receipts"][0]["event_id"] == '["2013-01-01T10:00:00Z","t1"]'

    async def test_a_key_of_another_producer_with_the_same_text_names_another_event(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        text = (PUBLISHED / "notes.odcs.yaml").read_text(encoding="utf-8").replace("1.0.0", "1.1.0")
        both = text.replace("roles:\n", "roles:\n  - role: airlines\n    access: write\n")
        door.publish(both, (PUBLISHED / "notes.schema.json").read_bytes())
        other = door.key_for("airlines")
        await door.look()
        ids: list[str] = []
        for headers in ({}, {"authorization": f"Bearer {other}"}):
            response = await http.post(
                "/v1/datasets/notes/events", content=GOOD, headers={"idempotency-key": "load-7", **headers}
            )
            ids.append(response.json()["receipts"][0]["event_id"])
        assert ids == ['["terminals","load-7",0]', '["airlines","load-7",0]']

    async def test_an_id_that_is_too_long_is_refused(self, http: httpx.AsyncClient) -> None:
        longest = "k" * (MAX_EVENT_ID_BYTES - len('["terminals","",0]'))
        for key, status in ((longest, 200), (longest + "k", 422)):
            headers = {"idempotency-key": key}
            response = await http.post("/v1/datasets/notes/events", content=GOOD, headers=headers)
            assert response.status_code == status
        broken = response.json()["receipts"][0]["broken_rules"][0]
        assert broken["rule"] == "event_id_length"
        assert str(MAX_EVENT_ID_BYTES) in broken["expected"]

    @pytest.mark.parametrize("settings", [{"max_record_bytes": 1024}])
    async def test_a_record_that_is_too_large_is_told_with_sizes_and_the_limits_name(
        self, http: httpx.AsyncClient
    ) -> None:
        response = await http.post(URL, content=b'{"text": "%s"}' % (b"x" * 1024))
        assert response.status_code == 413
        assert response.json()["detail"].endswith(
            "1036 bytes instead of at most 1024 bytes (max_record_bytes)."
        )


class TestWhoMaySend:
    @pytest.mark.parametrize("given", ["", "Basic abc", "Bearer", "Bearer "])
    async def test_no_key_is_401(self, http: httpx.AsyncClient, given: str) -> None:
        response = await http.post(URL, content=GOOD, headers={"authorization": given})
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert "lake keys create" in response.json()["next_step"]

    async def test_an_unknown_key_is_401(self, http: httpx.AsyncClient, token: str) -> None:
        wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
        response = await http.post(URL, content=GOOD, headers={"authorization": f"Bearer {wrong}"})
        assert response.status_code == 401
        assert wrong not in response.text
        assert "or made a few seconds ago" in response.json()["detail"]

    async def test_a_key_of_another_producer_is_403_and_told_where_it_may_write(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        stranger = door.key_for("strangers")
        await door.look()
        response = await http.post(URL, content=GOOD, headers={"authorization": f"Bearer {stranger}"})
        assert response.status_code == 403
        assert "'strangers' may not write to 'trips'" in response.json()["detail"]
        assert "may write to no dataset" in response.json()["detail"]

    async def test_an_unknown_dataset_is_404_and_names_the_known_ones(self, http: httpx.AsyncClient) -> None:
        response = await http.post("/v1/datasets/trip/events", content=GOOD)
        assert response.status_code == 404
        assert "This key may write to: notes, trips." in response.json()["detail"]

    async def test_an_unknown_dataset_is_not_told_to_a_stranger(self, http: httpx.AsyncClient) -> None:
        response = await http.post("/v1/datasets/trip/events", content=GOOD, headers={"authorization": "x"})
        assert response.status_code == 401
        assert "trips" not in response.text

    async def test_a_revoked_key_stops_working_at_the_next_look(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        (entry,) = door.objects.list("keys/")
        door.objects.delete(entry.path)
        await door.look()
        assert (await http.post(URL, content=GOOD)).status_code == 401


@pytest.mark.usefixtures("second_major")
class TestMajorVersions:
    SECOND = "/v1/datasets/trips.v2/events"

    async def test_senders_of_the_first_one_stay_where_they_are(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        answer = (await http.post(URL, content=GOOD)).json()
        assert (answer["dataset"], answer["version"]) == ("trips", "1.0.0")
        assert answer["receipts"][0]["topic"] == "events.trips"
        assert values(door) == [GOOD]
        assert values(door, "events.trips.v2") == []

    async def test_the_second_one_has_an_address_of_its_own(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        answer = (await http.post(self.SECOND, content=GOOD)).json()
        assert (answer["dataset"], answer["version"]) == ("trips.v2", "2.0.0")
        assert answer["receipts"][0]["topic"] == "events.trips.v2"
        assert values(door) == []
        assert values(door, "events.trips.v2") == [GOOD]

    @pytest.mark.parametrize(("body", "status"), [(GOOD, 200), (b"{}", 422), (b"{oops", 400), (b"", 400)])
    async def test_every_answer_of_the_first_one_names_its_successor(
        self, http: httpx.AsyncClient, body: bytes, status: int
    ) -> None:
        response = await http.post(URL, content=body)
        assert response.status_code == status
        assert response.headers["link"] == f'<{self.SECOND}>; rel="successor-version"'
        assert "link" not in (await http.post(self.SECOND, content=body)).headers

    async def test_a_dataset_of_one_major_version_has_no_successor(self, http: httpx.AsyncClient) -> None:
        assert "link" not in (await http.post("/v1/datasets/notes/events", content=GOOD)).headers
        assert "link" not in (await http.get("/v1/datasets/notes")).headers

    async def test_each_is_listed_and_described_by_its_address(self, http: httpx.AsyncClient) -> None:
        listed = (await http.get("/v1/datasets")).json()["datasets"]
        assert [one["dataset"] for one in listed] == ["notes", "trips", "trips.v2"]
        first, second = await http.get("/v1/datasets/trips"), await http.get("/v1/datasets/trips.v2")
        assert (second.json()["version"], second.json()["topic"]) == ("2.0.0", "events.trips.v2")
        assert first.headers["link"] == '</v1/datasets/trips.v2>; rel="successor-version"'
        assert "link" not in second.headers

    async def test_a_major_version_that_is_not_published_is_404_and_told_those_that_are(
        self, http: httpx.AsyncClient
    ) -> None:
        for dataset in ("trips.v1", "trips.v3"):
            response = await http.post(f"/v1/datasets/{dataset}/events", content=GOOD)
            assert response.status_code == 404
            assert "This key may write to: notes, trips, trips.v2." in response.json()["detail"]

    async def test_each_is_counted_by_its_address(self, http: httpx.AsyncClient, door: DoorOnTwins) -> None:
        await http.post(URL, content=GOOD)
        await http.post(self.SECOND, json=[trip(1), trip(2)])
        await door.door.counts.step()
        counts = {record.key: orjson.loads(record.value or b"") for record in door.kept("ingest-counts")}
        assert len(counts) == 2
        found = {count["dataset"]: (count["major"], count["acknowledged"]) for count in counts.values()}
        assert found == {"trips": (1, 1), "trips.v2": (2, 2)}


class TestBadBodies:
    async def test_malformed_json_is_400_with_its_offset(self, http: httpx.AsyncClient) -> None:
        response = await http.post(URL, content=b'{"id": "t1", oops}')
        assert response.status_code == 400
        assert "byte 13" in response.json()["detail"]

    async def test_a_malformed_array_is_400_with_its_offset(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        response = await http.post(URL, content=b"[" + GOOD + b" " + GOOD + b"]")
        assert response.status_code == 400
        assert f"byte {len(GOOD) + 2}" in response.json()["detail"]
        assert values(door) == []

    @pytest.mark.parametrize("body", [b"", b"   ", b"[]", b"\n\n"])
    async def test_no_record_is_400(self, http: httpx.AsyncClient, body: bytes) -> None:
        response = await http.post(URL, content=body)
        assert response.status_code == 400
        assert "no record" in response.json()["detail"]

    async def test_text_that_is_not_utf8_is_400(self, http: httpx.AsyncClient) -> None:
        response = await http.post(URL, content=GOOD.replace(b"t1", b"t\xe9"))
        assert response.status_code == 400
        detail = response.json()["detail"]
        assert "a byte at offset" in detail
        assert "0xe9" not in detail  # trips has a masked field, and the byte may be of its value

    @pytest.mark.parametrize(
        "media_type", ["text/plain", "application/xml", "application/json; charset=latin-1"]
    )
    async def test_another_media_type_is_415(self, http: httpx.AsyncClient, media_type: str) -> None:
        response = await http.post(URL, content=GOOD, headers={"content-type": media_type})
        assert response.status_code == 415
        assert "application/x-ndjson" in response.json()["next_step"]

    async def test_no_media_type_is_415(self, door: DoorOnTwins, token: str) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(door.app), base_url="http://door") as bare:
            response = await bare.post(URL, content=GOOD, headers={"authorization": f"Bearer {token}"})
        assert response.status_code == 415
        assert "no Content-Type" in response.json()["detail"]

    @pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
    async def test_another_encoding_is_415(self, http: httpx.AsyncClient, encoding: str) -> None:
        response = await http.post(URL, content=GOOD, headers={"content-encoding": encoding})
        assert response.status_code == 415
        assert "gzip or zstd" in response.json()["next_step"]

    @pytest.mark.parametrize("encoding", ["gzip", "zstd"])
    async def test_a_body_that_is_not_what_its_encoding_says_is_400(
        self, http: httpx.AsyncClient, encoding: str
    ) -> None:
        response = await http.post(URL, content=GOOD, headers={"content-encoding": encoding})
        assert response.status_code == 400
        assert encoding in response.json()["detail"]

    @pytest.mark.parametrize("settings", [{"max_record_bytes": 1024, "max_body_bytes": 4096}])
    async def test_a_body_too_large_is_413_and_names_the_setting(self, http: httpx.AsyncClient) -> None:
        response = await http.post(URL, content=b"x" * 5000)
        assert response.status_code == 413
        assert "max_body_bytes allows 4096" in response.json()["detail"]
        assert "max_record_bytes" in response.json()["next_step"]
        assert response.headers["connection"] == "close"

    @pytest.mark.parametrize("settings", [{"max_record_bytes": 1024, "max_body_bytes": 4096}])
    async def test_a_body_too_large_without_a_length_is_413(self, http: httpx.AsyncClient) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(9):
                yield b"x" * 500

        response = await http.post(URL, content=pieces())
        assert response.status_code == 413
        assert "max_body_bytes" in response.json()["detail"]

    @pytest.mark.parametrize("settings", [{"max_record_bytes": 1024, "max_body_bytes": 4096}])
    @pytest.mark.parametrize("encoding", ["gzip", "zstd"])
    async def test_a_bomb_is_413_and_gives_its_memory_back(
        self, http: httpx.AsyncClient, door: DoorOnTwins, encoding: str
    ) -> None:
        zeros = bytes(1_000_000)
        bomb = gzip.compress(zeros) if encoding == "gzip" else zstandard.ZstdCompressor().compress(zeros)
        response = await http.post(URL, content=bomb, headers={"content-encoding": encoding})
        assert response.status_code == 413
        assert "decompress" in response.json()["detail"]
        assert door.door.reception.in_flight.taken == 0

    @pytest.mark.parametrize("settings", [{"max_record_bytes": 1024}])
    async def test_a_record_too_large_is_413_and_names_the_setting(self, http: httpx.AsyncClient) -> None:
        response = await http.post(URL, json=trip(1) | {"driver": "x" * 2000})
        assert response.status_code == 413
        assert "max_record_bytes" in response.json()["detail"]
        assert "at most 1024 bytes" in response.json()["receipts"][0]["broken_rules"][0]["expected"]

    @pytest.mark.parametrize("settings", [{"max_record_bytes": 1024}])
    async def test_a_record_too_large_does_not_harm_its_neighbours(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        response = await http.post(URL, json=[trip(1), trip(2) | {"driver": "x" * 2000}])
        assert response.status_code == 207
        assert len(values(door)) == 1

    @pytest.mark.parametrize("settings", [{"max_records_per_request": 2}])
    @pytest.mark.parametrize("headers", [{}, NDJSON])
    async def test_too_many_records_are_413(
        self, http: httpx.AsyncClient, door: DoorOnTwins, headers: dict[str, str]
    ) -> None:
        body = b"\n".join([GOOD] * 3) if headers else b"[" + b",".join([GOOD] * 3) + b"]"
        response = await http.post(URL, content=body, headers=headers)
        assert response.status_code == 413
        assert "max_records_per_request" in response.json()["detail"]
        assert values(door) == []

    @pytest.mark.parametrize("settings", [{"body_timeout": 0.05}])
    async def test_a_slow_body_is_408_and_nothing_is_taken(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        async def slowly() -> AsyncIterator[bytes]:
            yield GOOD
            await asyncio.sleep(0.2)

        response = await http.post(URL, content=slowly())
        assert response.status_code == 408
        assert "body_timeout" in response.json()["detail"]
        assert values(door) == []
        assert door.door.reception.in_flight.taken == 0


class TestKafka:
    async def test_kafka_known_to_be_away_is_429_and_nothing_is_taken(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        door.broker.available = False
        await door.look()
        response = await http.post(URL, content=GOOD)
        assert response.status_code == 429
        assert response.headers["retry-after"] == "1"
        assert "Nothing of the request was taken" in response.json()["detail"]
        door.broker.available = True
        await door.look()
        assert (await http.post(URL, content=GOOD)).status_code == 200
        assert values(door) == [GOOD]

    async def test_kafka_that_answers_slowly_is_429_for_those_who_come_later(
        self, http: httpx.AsyncClient, door: DoorOnTwins, clock: FakeClock
    ) -> None:
        door.producer.hold()
        waiting = asyncio.create_task(http.post(URL, content=GOOD))
        await asyncio.sleep(0.05)
        clock.advance(door.settings.slow_after * 1.1)
        refused = await http.post(URL, content=GOOD)
        assert refused.status_code == 429
        door.producer.release()
        assert (await waiting).status_code == 200
        assert (await http.post(URL, content=GOOD)).status_code == 200
        assert len(values(door)) == 2

    async def test_a_full_queue_is_429_and_nothing_is_taken(self, clock: FakeClock) -> None:
        door = DoorOnTwins(clock, max_waiting_records=2)
        await serve_trips(door)
        response = await send(door, [trip(n) for n in range(3)])
        assert response.status_code == 429
        assert values(door) == []
        assert list(door.door.tally.counts()) == []

    async def test_no_answer_in_time_is_503_and_says_may_be_kept(self, clock: FakeClock) -> None:
        door = DoorOnTwins(clock)
        await serve_trips(door)
        door.producer.fail_next(Failed("timed out", maybe_kept=True), kept=True)
        response = await send(door, [trip(1), trip(2), {}])
        answer = response.json()
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"
        assert [receipt["status"] for receipt in answer["receipts"]] == ["unconfirmed", "accepted", "refused"]
        assert "same ids" in answer["next_step"]
        (count,) = door.door.tally.counts()
        assert (count.received, count.acknowledged, count.unconfirmed) == (3, 1, 1)

    async def test_what_kafka_surely_did_not_take_is_429(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        door.broker.delete_topic("events.trips")
        response = await http.post(URL, content=GOOD)
        assert response.status_code == 429
        assert response.json()["receipts"][0]["status"] == "not_taken"
        assert "events.trips" in response.json()["receipts"][0]["cause"]

    async def test_a_producer_that_failed_is_503_and_the_process_must_know(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        door.producer.close()
        response = await http.post(URL, content=GOOD)
        assert response.status_code == 503
        assert "Nothing of the request was taken" in response.json()["detail"]
        assert door.door.sender.failed.is_set()


class TestBeforeAndAfter:
    async def test_before_keys_and_contracts_are_read_it_is_503_and_nothing_is_taken(
        self, door: DoorOnTwins
    ) -> None:
        response = await send(door, [trip(1)], look=False)
        assert response.status_code == 503
        assert "not read yet" in response.json()["detail"]

    @pytest.mark.parametrize("settings", [{"keys_valid_for": 60}])
    async def test_keys_not_read_for_longer_than_they_are_valid_open_nothing_until_they_are_read(
        self, http: httpx.AsyncClient, door: DoorOnTwins, clock: FakeClock
    ) -> None:
        clock.advance(timedelta(seconds=60))
        assert (await http.post(URL, content=GOOD)).status_code == 200
        clock.advance(timedelta(seconds=1))
        response = await http.post(URL, content=GOOD)
        assert response.status_code == 503
        assert response.json()["type"] == "urn:tidelake:problem:not-ready"
        assert "keys were last read 61 s ago" in response.json()["detail"]
        assert "keys_valid_for" in response.json()["detail"]
        assert response.headers["retry-after"] == "1"
        assert values(door) == [GOOD]
        await door.look()
        assert (await http.post(URL, content=GOOD)).status_code == 200

    async def test_a_stopping_door_takes_nothing_new(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        await door.door.reception.intake.drain()
        response = await http.post(URL, content=GOOD)
        assert response.status_code == 503
        assert response.json()["type"] == "urn:tidelake:problem:not-ready"
        assert values(door) == []

    @pytest.mark.parametrize("settings", [{"max_body_bytes": 2_000_000, "max_in_flight_bytes": 8_000_000}])
    async def test_no_memory_left_is_429(self, http: httpx.AsyncClient, door: DoorOnTwins) -> None:
        budget = door.door.reception.in_flight
        with budget.charge("one") as one, budget.charge("other") as other:
            assert one.take(4_000_000)
            assert other.take(4_000_000)
            response = await http.post(URL, content=GOOD)
        assert response.status_code == 429
        assert "max_in_flight_bytes" in response.json()["detail"]

    @pytest.mark.parametrize("settings", [{"max_body_bytes": 2_000_000, "max_in_flight_bytes": 8_000_000}])
    async def test_a_body_for_which_room_runs_out_in_its_middle_is_429_and_gives_all_back(
        self, http: httpx.AsyncClient, door: DoorOnTwins
    ) -> None:
        budget = door.door.reception.in_flight

        async def pieces() -> AsyncIterator[bytes]:
            yield GOOD[:10]
            assert budget.taken == 3_999_990 + 10
            yield GOOD[10:]

        with budget.charge("terminals") as same:
            assert same.take(3_999_990)
            response = await http.post(URL, content=pieces())
            assert response.status_code == 429
            assert budget.taken == 3_999_990
        assert values(door) == []

    async def test_a_fault_of_the_door_is_500_and_says_may_be_kept(
        self, door: DoorOnTwins, token: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(door.door.reception.intake, "accept", broken)
        transport = httpx.ASGITransport(door.app, raise_app_exceptions=False)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        async with httpx.AsyncClient(transport=transport, base_url="http://door", headers=headers) as client:
            response = await client.post(URL, content=GOOD)
        assert response.status_code == 500
        assert "may be kept" in response.json()["detail"]
        assert door.door.reception.in_flight.taken == 0


class TestWhatIsServed:
    async def test_the_datasets_are_listed_with_version_and_topic(self, http: httpx.AsyncClient) -> None:
        answer = (await http.get("/v1/datasets")).json()
        assert [one["dataset"] for one in answer["datasets"]] == ["notes", "trips"]
        assert (await http.get("/v1/datasets/trips")).json() == {
            "dataset": "trips",
            "version": "1.0.0",
            "topic": "events.trips",
            "owner": "test-owners",
            "id_fields": ["started", "id"],
        }

    async def test_a_dataset_that_is_not_served_is_404(self, http: httpx.AsyncClient) -> None:
        response = await http.get("/v1/datasets/unheard")
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("PUT", URL), ("GET", URL)])
    async def test_other_paths_and_methods_are_problems_that_name_the_way(
        self, http: httpx.AsyncClient, method: str, path: str
    ) -> None:
        response = await http.request(method, path)
        assert response.status_code in (404, 405)
        assert "POST /v1/datasets/{dataset}/events" in response.json()["next_step"]


async def serve_trips(door: DoorOnTwins) -> None:
    door.publish(
        (PUBLISHED / "trips.odcs.yaml").read_text(encoding="utf-8"),
        (PUBLISHED / "trips.schema.json").read_bytes(),
    )
    await door.look()


async def send(door: DoorOnTwins, records: list[dict[str, Any]], look: bool = True) -> httpx.Response:
    token = door.key_for("terminals")
    if look:
        await door.look()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    transport = httpx.ASGITransport(door.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://door", headers=headers) as client:
        return await client.post(URL, content=orjson.dumps(records))
