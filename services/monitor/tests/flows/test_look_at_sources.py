"""Of which datasets Kafka Connect is asked, and what its answers mean."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from monitor.flows.look_at_sources import SourcesLook
from monitor.outbound.connect import ConnectSilent
from tidelake.contracts.bindings import TopicBinding, bind_topic
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.publishing import publish
from tidelake.contracts.registry import PublishedContracts
from tidelake.streams.connectors import ConnectorStatus
from tidelake.tables.memory_objects import MemoryObjects

DATASETS = Path(__file__).parents[4] / "datasets"
RUNNING, PAUSED, ABSENT = ConnectorStatus("running"), ConnectorStatus("paused"), ConnectorStatus("absent")


class Connect:
    """Has these connectors, or does not answer."""

    def __init__(self, found: Mapping[str, ConnectorStatus] | None) -> None:
        self._found = found

    def connectors(self) -> Mapping[str, ConnectorStatus]:
        if self._found is None:
            raise ConnectSilent("http://connect", "refused")
        return self._found


@pytest.fixture
def published() -> PublishedContracts:
    """Flights by the door; airports and two major versions of planes by tables."""
    objects = MemoryObjects()
    for name in ("flights", "airports", "planes", "planes 2"):
        dataset, _, major = name.partition(" ")
        text = (DATASETS / f"{dataset}.odcs.yaml").read_text()
        text = text.replace("version: 1.0.0", f"version: {major or 1}.0.0")
        contract = parse_contract(text, name)
        publish(objects, contract, text.encode(), b"{}")
        bind_topic(objects, dataset, contract.major, TopicBinding(contract.topic, "t"))
    contracts = PublishedContracts(objects)
    contracts.refresh()
    return contracts


def found(published: PublishedContracts, connect: Connect | None) -> Mapping[str, ConnectorStatus | None]:
    return {one.address: one.status for one in SourcesLook(connect).look(published)}


def test_each_table_has_what_connect_says_of_its_connector(published: PublishedContracts) -> None:
    connectors = {"cdc.airports": RUNNING, "cdc.planes": PAUSED, "cdc.planes.v2": RUNNING, "other": PAUSED}
    assert found(published, Connect(connectors)) == {
        "airports": RUNNING,
        "planes": PAUSED,
        "planes.v2": RUNNING,
    }


def test_one_that_was_deleted_is_missed_unless_a_newer_major_version_is_followed(
    published: PublishedContracts,
) -> None:
    assert found(published, Connect({})) == {"airports": ABSENT, "planes.v2": ABSENT}


def test_of_a_connect_that_does_not_answer_nothing_is_known(published: PublishedContracts) -> None:
    looked = SourcesLook(Connect(None)).look(published)
    assert {one.address: one.status for one in looked} == dict.fromkeys(("airports", "planes", "planes.v2"))
    assert {"Kafka Connect at http://connect does not answer: refused" in one.silence for one in looked} == {
        True
    }


def test_without_an_address_nobody_is_asked(published: PublishedContracts) -> None:
    assert found(published, None) == {}
