"""Which datasets follow a stream, by what is published, bound, and there."""

from __future__ import annotations

import pytest
from ingest_router.outbound.log_routes import LogRoutes
from tidelake.contracts import names
from tidelake.contracts.bindings import TopicBinding, bind_topic
from tidelake.contracts.contract import Version
from tidelake.streams.errors import UnknownTopic
from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.memory.topics import MemoryTopics
from tidelake.tables.memory_objects import MemoryObjects

_CONTRACT = """
apiVersion: v3.2.0
kind: DataContract
id: visits
name: visits
version: {version}
status: active
team: {{name: test-owners}}
schema:
  - name: visits
    properties:
      - {{name: id, logicalType: string, required: true}}
slaProperties:
  - {{property: freshness, value: 5, unit: s}}
  - {{property: retention, value: 7, unit: d}}
customProperties:
  - {{property: partitions, value: 2}}
  - {{property: source, value: log}}
  - {{property: mode, value: append}}
  - {{property: logStream, value: {stream}}}
  - {{property: logPattern, value: '(?<id>.*)'}}
"""


class Lab:
    """A lake with an inbound topic and nothing else."""

    def __init__(self) -> None:
        self.objects, self.broker = MemoryObjects(), MemoryBroker()
        self.broker.create_topic(names.LOGS_INBOUND.name, 4)
        self.routes = LogRoutes(self.objects, MemoryTopics(self.broker))

    def publish(self, version: str, stream: str = "web") -> None:
        self.objects.create(names.json_schema_path("visits", version), b'{"type": "object"}')
        text = _CONTRACT.format(version=version, stream=stream)
        self.objects.create(names.contract_path("visits", version), text.encode())

    def bind(self, major: int = 1) -> None:
        topic = names.events_topic("visits", major)
        self.broker.create_topic(topic, 2)
        bind_topic(self.objects, "visits", major, TopicBinding(topic, "id"))

    def followed(self, stream: str = "web") -> list[str]:
        self.routes.refresh()
        return [f"{one.address} {one.version}" for one in self.routes.now().by_stream.get(stream, ())]


@pytest.fixture
def lab() -> Lab:
    return Lab()


def test_a_contract_counts_when_its_topic_is_bound_and_then_without_a_restart(lab: Lab) -> None:
    assert not lab.routes.known
    lab.publish("1.0.0")
    assert lab.followed() == []
    assert lab.routes.known
    lab.bind()
    assert lab.followed() == ["visits 1.0.0"]
    assert lab.routes.version("visits") == Version(1, 0, 0)
    assert lab.routes.version("nobody") is None


def test_of_each_major_version_the_newest_counts(lab: Lab) -> None:
    for version in ("1.0.0", "1.10.0", "1.9.0", "2.0.0"):
        lab.publish(version)
    lab.bind(1)
    lab.bind(2)
    assert lab.followed() == ["visits 1.10.0", "visits.v2 2.0.0"]


def test_a_later_version_takes_its_lines_from_another_stream(lab: Lab) -> None:
    lab.publish("1.0.0")
    lab.bind()
    assert lab.followed() == ["visits 1.0.0"]
    lab.publish("1.1.0", stream="shop")
    assert lab.followed() == []
    assert lab.followed("shop") == ["visits 1.1.0"]


def test_a_topic_that_is_gone_is_known_to_be(lab: Lab) -> None:
    lab.publish("1.0.0")
    lab.bind()
    lab.routes.refresh()
    assert lab.routes.now().topics == {"events.visits"}
    lab.broker.delete_topic("events.visits")
    lab.routes.refresh()
    assert lab.routes.now().topics == frozenset()


def test_without_an_inbound_topic_there_are_no_routes(lab: Lab) -> None:
    lab.broker.delete_topic(names.LOGS_INBOUND.name)
    with pytest.raises(UnknownTopic):
        lab.routes.refresh()
    assert not lab.routes.known


def test_the_topic_that_the_process_began_with_is_what_lines_are_named_by(lab: Lab) -> None:
    lab.routes.refresh()
    began_with = lab.routes.now().inbound_topic_id
    lab.broker.recreate_topic(names.LOGS_INBOUND.name)
    lab.publish("1.0.0")
    lab.bind()
    assert lab.followed() == ["visits 1.0.0"]
    assert lab.routes.now().inbound_topic_id == began_with
