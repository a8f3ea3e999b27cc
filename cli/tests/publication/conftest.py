"""A lake in memory, and contracts to put into force in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tidelake.cli.publication.checking import Checked
from tidelake.cli.publication.door import Serving
from tidelake.cli.publication.drafts import Draft
from tidelake.cli.publication.lake import Lake
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.registry import PublishedContracts
from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.memory.topics import MemoryTopics
from tidelake.tables.bronze import BronzeSpec
from tidelake.tables.bronze_table import TableMissing
from tidelake.tables.memory_bronze import MemoryBronzeTables
from tidelake.tables.memory_objects import MemoryObjects

_ROOT = Path(__file__).parents[3]
FLIGHTS = (_ROOT / "datasets/flights.odcs.yaml").read_text()
SCHEMA = (_ROOT / "libs/contracts/examples/flights.schema.json").read_bytes()

Edit = Callable[..., Draft]
FOLLOWS_A_TABLE = (
    ("value: api", "value: cdc\n  - property: table\n    value: shop.app.flights"),
    ("value: append", "value: upsert"),
)
"""What makes change data of the flights' contract."""
_GROUPS = " ".join(f"(?<{one.name}>[^ ]*)" for one in parse_contract(FLIGHTS, "flights").fields)
AS_LINES = (
    "value: api",
    "value: log\n  - {property: logStream, value: flights}\n"
    f"  - {{property: logPattern, value: '{_GROUPS}'}}",
)
"""An edit that makes the flights a dataset of log lines."""


@pytest.fixture
def draft() -> Edit:
    """The flights' contract, with texts replaced: draft(("1.0.0", "1.1.0"), ...)."""

    def edit(*changes: tuple[str, str]) -> Draft:
        text = FLIGHTS
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return Draft("flights.odcs.yaml", text.encode(), parse_contract(text, "flights.odcs.yaml"))

    return edit


def as_checked(draft: Draft) -> Checked:
    """A draft as it comes out of check(), for tests of what follows."""
    return Checked(draft, SCHEMA, before=None, known=False, breaks=(), notes=())


@dataclass
class MemoryLake:
    """All ports in memory, and services that take contracts up when they are told to."""

    objects: MemoryObjects
    broker: MemoryBroker
    tables: MemoryBronzeTables
    served: dict[str, str]
    silver: dict[str, frozenset[str]] | None = None  # None: no silver-processor
    routed: dict[str, str] | None = None  # None: nobody knows of a log-router

    @property
    def lake(self) -> Lake:
        return Lake(
            self.objects,
            MemoryTopics(self.broker),
            self.tables,
            self._serving,
            replication=1,
            silver_columns=None if self.silver is None else self._silver_columns,
            routing=None if self.routed is None else self._routing,
        )

    def services_step(self) -> None:
        """What running services do: the writer makes and rebinds tables, the door serves the newest."""
        contracts = PublishedContracts(self.objects)
        contracts.refresh()
        for found in contracts.tables():
            contract, binding = found.contract, contracts.binding(*found.table)
            assert binding is not None
            path = contract.bronze_path
            self.tables.create(BronzeSpec(path, contract.dataset, contract.topic, binding.topic_id))
            handle = self.tables.table(path).open()
            if handle.topic_id != binding.topic_id:
                handle.rebind(binding.topic_id)
            self.served[contract.address] = str(contract.version)
            if self.routed is not None and contract.source == "log":
                self.routed[contract.address] = str(contract.version)
            if self.silver is not None and contract.has_silver:
                names = frozenset(field.name.lower() for field in contract.fields)
                self.silver |= {contract.silver_path: names, contract.outcomes_path: frozenset({"outcome"})}

    def _silver_columns(self, path: str) -> frozenset[str]:
        assert self.silver is not None
        if path not in self.silver:
            raise TableMissing(path)
        return self.silver[path]

    def _serving(self, address: str) -> Serving:
        return _known(self.served, address)

    def _routing(self, address: str) -> Serving:
        assert self.routed is not None
        return _known(self.routed, address)


def _known(versions: Mapping[str, str], address: str) -> Serving:
    version = versions.get(address)
    return Serving(version, "" if version else "it does not know the dataset yet")


@pytest.fixture
def memory() -> MemoryLake:
    return MemoryLake(MemoryObjects(), MemoryBroker(), MemoryBronzeTables(), {})
