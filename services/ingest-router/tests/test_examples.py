"""The examples in contract/ are what the door really writes and answers."""

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from ingest_router.on_twins import DoorOnTwins
from tidelake.streams.producer import Failed

EXAMPLES = Path(__file__).parents[1] / "contract" / "examples"
GOOD = b'{"id": "t1", "distance": 12, "started": "2013-01-01T10:00:00Z"}'
BAD = b'{"id": "t2", "distance": "far", "started": "2013-01-01T10:00:00Z"}'
BODIES = {"200-all-accepted": [GOOD], "207-mixed": [GOOD, BAD], "422-none-accepted": [BAD]}


def example(name: str) -> Any:
    return orjson.loads((EXAMPLES / f"{name}.json").read_bytes())


async def post(http: httpx.AsyncClient, *records: bytes) -> Any:
    ndjson = {"content-type": "application/x-ndjson"}
    return (await http.post("/v1/datasets/trips/events", content=b"\n".join(records), headers=ndjson)).json()


@pytest.mark.parametrize("name", BODIES)
async def test_answers_are_as_the_examples_say(http: httpx.AsyncClient, name: str) -> None:
    assert await post(http, *BODIES[name]) == example(f"answer-{name}")


async def test_an_unconfirmed_answer_is_as_the_example_says(
    http: httpx.AsyncClient, door: DoorOnTwins
) -> None:
    door.producer.fail_next(Failed("timed out", maybe_kept=True))
    assert await post(http, GOOD) == example("answer-503-unconfirmed")


async def test_a_refused_request_is_as_the_example_says(http: httpx.AsyncClient) -> None:
    response = await http.post("/v1/datasets/trip/events", content=GOOD)
    assert response.json() == example("answer-404-unknown-dataset")


async def test_an_event_in_kafka_is_as_the_example_says(http: httpx.AsyncClient, door: DoorOnTwins) -> None:
    await post(http, GOOD)
    (record,) = door.kept("events.trips")
    assert {
        "key": (record.key or b"").decode(),
        "value": (record.value or b"").decode(),
        "headers": [[name.decode(), (value or b"").decode()] for name, value in record.headers],
    } == example("event")


async def test_a_count_in_kafka_is_as_the_example_says(http: httpx.AsyncClient, door: DoorOnTwins) -> None:
    await post(http, GOOD, BAD)
    await door.door.counts.step()
    (record,) = door.kept("ingest-counts")
    count = orjson.loads(record.value or b"")
    written = example("ingest-count")
    assert record.key == f"{count['run_id']}/trips".encode()
    assert count | {"run_id": written["run_id"]} == written
