"""A door on twins that serves trips (its contract names the ids) and notes (its senders do)."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from ingest_router.on_twins import DoorOnTwins
from tidelake.testkit.clock import FakeClock

PUBLISHED = Path(__file__).with_name("published")


def publish(door: DoorOnTwins, dataset: str, version: str = "1.0.0") -> None:
    text = (PUBLISHED / f"{dataset}.odcs.yaml").read_text(encoding="utf-8")
    door.publish(text.replace("1.0.0", version), (PUBLISHED / f"{dataset}.schema.json").read_bytes())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings() -> dict[str, object]:
    """What a test changes of the settings, by overriding this fixture or by parametrizing it."""
    return {}


@pytest.fixture
async def door(clock: FakeClock, settings: dict[str, object]) -> DoorOnTwins:
    made = DoorOnTwins(clock, settings)
    publish(made, "trips")
    publish(made, "notes")
    return made


@pytest.fixture
async def token(door: DoorOnTwins) -> str:
    """A key of the producer that may write to both; the door has looked since."""
    made = door.key_for("terminals")
    await door.look()
    return made


@pytest.fixture
async def second_major(door: DoorOnTwins, token: str) -> None:
    """Trips have a second major version besides; the door has looked since."""
    publish(door, "trips", "2.0.0")
    await door.look()


@pytest.fixture
async def http(door: DoorOnTwins, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A sender with a good key and JSON in its hands."""
    transport = httpx.ASGITransport(door.app)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    async with httpx.AsyncClient(transport=transport, base_url="http://door", headers=headers) as client:
        yield client
