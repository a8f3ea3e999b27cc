"""Which published contracts `lake audit` counts."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from tidelake.cli.audit import chosen
from tidelake.cli.connection import Connection
from tidelake.cli.publication.published import UnknownDataset
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.publishing import publish
from tidelake.tables.memory_objects import MemoryObjects

_ROOT = Path(__file__).parents[2]


@dataclass
class MemoryConnection:
    """A connection to a lake in memory."""

    store: MemoryObjects

    def objects(self) -> MemoryObjects:
        return self.store


@pytest.fixture
def connection() -> Connection:
    """Flights have two major versions, trains one."""
    store = MemoryObjects()
    text = (_ROOT / "datasets/flights.odcs.yaml").read_text()
    schema = (_ROOT / "libs/contracts/examples/flights.schema.json").read_bytes()
    trains = text.replace("name: flights", "name: trains").replace("element: flights", "element: trains")
    for one in (text, text.replace("1.0.0", "2.0.0"), trains):
        publish(store, parse_contract(one, "test"), one.encode(), schema)
    return cast("Connection", MemoryConnection(store))


@pytest.mark.parametrize(
    ("asked", "counted"),
    [
        ([], ["flights", "flights.v2", "trains"]),
        (["flights"], ["flights", "flights.v2"]),
        (["flights.v2"], ["flights.v2"]),
        (["flights.v2", "trains"], ["flights.v2", "trains"]),
    ],
)
def test_a_dataset_is_counted_with_all_its_major_versions_and_an_address_alone(
    connection: Connection, asked: list[str], counted: list[str]
) -> None:
    assert [published.contract.address for published in chosen(connection, asked)] == counted


def test_what_nobody_published_is_named_with_what_is(connection: Connection) -> None:
    with pytest.raises(UnknownDataset, match=r"flights, flights\.v2, trains"):
        chosen(connection, ["flights.v3"])
