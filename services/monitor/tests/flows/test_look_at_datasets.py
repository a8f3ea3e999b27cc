"""What befalls one dataset's look is said in its row, and is no other's trouble."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from monitor.core.announced import Announced
from monitor.flows.look_at_datasets import DatasetLooks
from tidelake.contracts.bindings import TopicBinding, bind_topic
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.publishing import publish
from tidelake.contracts.registry import PublishedContracts
from tidelake.ledger.runs import Offsets
from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.memory.topics import MemoryTopics
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.clock import FakeClock

FLIGHTS = (Path(__file__).parents[4] / "datasets/flights.odcs.yaml").read_text()


class Topics(MemoryTopics):
    """Fails as nobody thought of for one topic."""

    def topic_id(self, topic: str) -> str:
        if topic == "events.broken":
            raise RuntimeError("dictionary changed size during iteration")
        return super().topic_id(topic)


@pytest.fixture
def published() -> PublishedContracts:
    objects = MemoryObjects()
    for dataset in ("broken", "flights"):
        text = FLIGHTS.replace("name: flights", f"name: {dataset}").replace("flights.", f"{dataset}.")
        publish(objects, parse_contract(text, dataset), text.encode(), b"{}")
        bind_topic(objects, dataset, 1, TopicBinding(f"events.{dataset}", "t"))
    contracts = PublishedContracts(objects)
    contracts.refresh()
    return contracts


def no_records(_topic: str, _partition: int, _first: int, _end: int) -> Offsets:
    raise AssertionError("nobody is to be asked")


def test_an_error_that_nobody_thought_of_keeps_no_other_dataset_from_being_looked_at(
    published: PublishedContracts,
) -> None:
    broker, window = MemoryBroker(), timedelta(minutes=5)
    looks = DatasetLooks(
        LakeStorage("gs://lake"),
        Topics(broker),
        no_records,
        Announced(window),
        FakeClock(),
        window,
        timedelta(seconds=20),
        timedelta(hours=1),
        timedelta(minutes=1),
    )
    said: Sequence[str] = [f"{one.address}: {one.trouble}" for one in looks.look(published)]
    broken, flights = said
    assert broken.startswith("broken: The monitor failed with RuntimeError('dictionary changed size")
    assert "tell the maintainers" in broken
    assert flights.startswith("flights: ")
    assert "events.flights" in flights
