"""The first questions of a newcomer to a lake with its query layer, and what apply says when that is away."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from rich.console import Console
from tidelake.cli import dataset as command
from tidelake.cli.catalogue.catalogue import NotRegistered
from tidelake.cli.catalogue.trino_catalogue import OtherLocation
from tidelake.cli.connection import Connection
from tidelake.cli.dataset import apply_files
from tidelake.cli.publication.door import Serving
from tidelake.cli.publication.lake import Lake
from tidelake.cli.publication.silver_tables import columns_of
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.names import contract_path
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.ports import StackPorts, free_offset
from tidelake.local.stack import Stack
from tidelake.local.trino_login import TrinoLogin
from tidelake.local.trino_query import ask
from tidelake.runtime.shutdown import StopSignal
from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.memory.topics import MemoryTopics
from tidelake.tables.bronze import BronzeSpec
from tidelake.tables.delta_bronze import DeltaBronzeTables
from tidelake.tables.positions import OffsetRange, Source
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.bronze_rows import announcement_of, bronze_rows
from tidelake.testkit.racing import race

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer, pytest.mark.timeout(400)]

LAYER = ("gcs", "postgres", "metastore", "trino")
FLIGHTS = (Path(__file__).parents[3] / "datasets/flights.odcs.yaml").read_text()


@dataclass
class Newcomer:
    """A lake whose query layer is real, and whose services have done their part of what is applied."""

    stack: Stack
    folder: Path
    broker: MemoryBroker

    @property
    def storage(self) -> LakeStorage:
        return LakeStorage(self.stack.lake.lake_root, self.stack.lake.service_account)

    @property
    def lake(self) -> Lake:
        return Lake(
            self.storage.objects(),
            MemoryTopics(self.broker),
            DeltaBronzeTables(self.storage),
            lambda _: Serving("9.9.9", ""),
            replication=1,
            silver_columns=partial(columns_of, self.storage),
        )

    def contract(self, version: str) -> tuple[Path, Contract]:
        """A version of the flights in a file, with the tables that services make of it."""
        text = FLIGHTS.replace("1.0.0", version)
        file = self.folder / f"flights-{version}.odcs.yaml"
        file.write_text(text)
        contract = parse_contract(text, file.name)
        if not DeltaTable.is_deltatable(self.storage.uri(contract.bronze_path), self._options):
            self._make_tables(contract)
        return file, contract

    def apply(self, *files: Path, trino: TrinoLogin | None = None) -> str:
        """What was said."""
        connection = Connection(
            self.storage.root,
            self.storage.service_account,
            "no Kafka",
            "no door",
            trino=trino or self.stack.trino,
        )
        console = Console(width=1000)
        with console.capture() as said:
            apply_files(connection, files, console, StopSignal())
        return said.get()

    def ask(self, sql: str) -> list[list[Any]]:
        return ask(self.stack.trino, sql)

    @property
    def _options(self) -> dict[str, str]:
        return self.storage.delta_options()

    def _make_tables(self, contract: Contract) -> None:
        topic_id = self.broker.create_topic(contract.topic, contract.partitions)
        tables = DeltaBronzeTables(self.storage)
        path = contract.bronze_path
        tables.create(BronzeSpec(path, contract.dataset, contract.topic, topic_id, contract.description))
        self._silver(contract.silver_path, [field.name for field in contract.fields])
        self._silver(contract.outcomes_path, ["outcome"])

    def _silver(self, path: str, names: Sequence[str]) -> None:
        """One row, whose position is that of bronze's first one."""
        row = {**dict.fromkeys(names, "x"), "lake_partition": 0, "lake_offset": 0}
        write_deltalake(self.storage.uri(path), pa.Table.from_pylist([row]), storage_options=self._options)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    stack = Stack(Home(tmp_path_factory.mktemp("catalogue") / "home"), StackPorts().moved(free_offset()))
    try:
        for name in LAYER:
            stack.start(name)
        yield stack
    finally:
        stack.down()


@pytest.fixture(scope="module")
def broker() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
def newcomer(stack: Stack, broker: MemoryBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newcomer:
    newcomer = Newcomer(stack, tmp_path, broker)

    def this(_: Connection) -> Lake:
        return newcomer.lake

    monkeypatch.setattr(command, "open_lake", this)
    return newcomer


def test_all_tables_of_an_applied_dataset_are_there_to_be_asked(newcomer: Newcomer) -> None:
    file, contract = newcomer.contract("1.0.0")
    said = newcomer.apply(file)
    assert "registered silver.flights in Trino's catalogue" in said
    assert newcomer.ask("show tables from lake.bronze") == [["flights"]]
    assert newcomer.ask("show tables from lake.silver") == [["flights"], ["flights_outcomes"]]
    [[shown]] = newcomer.ask("show create schema lake.silver")
    assert f"{newcomer.storage.uri('silver')}'" in shown
    assert newcomer.ask(
        "select d.owner, d.version, d.silver, d.outcomes, c.table_name from lake.ops.datasets d "
        "join lake.information_schema.tables c on d.bronze = c.table_schema || '.' || c.table_name"
    ) == [["airport-operations", "1.0.0", "silver.flights", "silver.flights_outcomes", "flights"]]
    [[published_at]] = newcomer.ask("select cast(published_at as varchar) from lake.ops.datasets")
    path = contract_path("flights", contract.version)
    [entry] = [one for one in newcomer.lake.objects.list(path) if one.path == path]
    assert published_at == f"{entry.updated:%Y-%m-%d %H:%M:%S}.{entry.updated.microsecond // 1000:03} UTC"


def test_comments_of_the_tables_owners_are_seen(newcomer: Newcomer) -> None:
    _, contract = newcomer.contract("1.0.0")
    rows = newcomer.ask(
        "select schema_name, table_name, comment from system.metadata.table_comments "
        "where catalog_name = 'lake' and schema_name in ('bronze', 'ops')"
    )
    comments = {f"{schema}.{table}": comment for schema, table, comment in rows}
    assert comments["bronze.flights"] == contract.description
    assert comments["ops.datasets"].startswith("The datasets of the lake.")
    columns = newcomer.ask("describe lake.bronze.flights") + newcomer.ask("describe lake.ops.datasets")
    assert all(comment for *_, comment in columns)


def test_bronze_and_silver_are_joined_by_position(newcomer: Newcomer) -> None:
    path = "bronze/flights"
    handle = newcomer.lake.tables.table(path).open()
    source, offsets = Source(handle.topic_id, 0), OffsetRange(0, 2)
    handle.append(bronze_rows(source, offsets), {source: offsets}, announcement_of(path, source, offsets))
    assert newcomer.ask(
        "select b.topic, s.carrier from lake.bronze.flights b "
        'join lake.silver.flights s on s.lake_partition = b.partition and s.lake_offset = b."offset"'
    ) == [["events.flights", "x"]]


def test_what_is_applied_again_changes_nothing(newcomer: Newcomer) -> None:
    file, _ = newcomer.contract("1.0.0")
    before = newcomer.ask('select max(version) from lake.ops."datasets$history"')
    said = newcomer.apply(file)
    assert "registered" not in said
    assert "ops/datasets, as it was" in said
    assert newcomer.ask('select max(version) from lake.ops."datasets$history"') == before


def test_several_who_apply_at_once_end_with_everything_in_the_catalogue(newcomer: Newcomer) -> None:
    files = [newcomer.contract(version)[0] for version in ("2.0.0", "3.0.0")]
    race([partial(newcomer.apply, file) for file in (*files, *files)])
    found = newcomer.ask("select major, silver from lake.ops.datasets order by major")
    assert found == [[1, "silver.flights"], [2, "silver.flights_v2"], [3, "silver.flights_v3"]]
    tables = {table for [table] in newcomer.ask("show tables from lake.silver")}
    assert {"flights_v2", "flights_v2_outcomes", "flights_v3", "flights_v3_outcomes"} <= tables


def test_a_name_of_another_place_is_left_until_somebody_frees_it(newcomer: Newcomer) -> None:
    file, contract = newcomer.contract("4.0.0")
    elsewhere = newcomer.storage.uri("silver/flights")
    newcomer.ask(
        "call lake.system.register_table(schema_name => 'silver', table_name => 'flights_v4', "
        f"table_location => '{elsewhere}')"
    )
    with pytest.raises(OtherLocation) as caught:
        newcomer.apply(file)
    assert caught.value.found == elsewhere
    _, _, mend = str(caught.value).partition("CALL ")
    newcomer.ask(f"call {mend.partition(', and run')[0]}")
    assert "registered silver.flights_v4" in newcomer.apply(file)
    assert newcomer.ask("select count(*) from lake.silver.flights_v4") == [[1]]
    assert contract.silver_path == "silver/flights_v4"


def away(newcomer: Newcomer, version: str, why: str, trino: TrinoLogin | None = None) -> Path:
    """The file of a contract that was published, and registered nowhere, as apply has said."""
    file, contract = newcomer.contract(version)
    with pytest.raises(NotRegistered, match=f"(?s)is published and in force.*{why}.*run the same again"):
        newcomer.apply(file, trino=trino)
    assert newcomer.lake.objects.read(contract_path("flights", contract.version)) is not None
    return file


def test_without_trino_the_contract_is_published_and_apply_goes_on_when_it_is_back(
    newcomer: Newcomer,
) -> None:
    nobody = replace(newcomer.stack.trino, url=f"https://127.0.0.1:{free_ports(1)[0]}")
    file = away(newcomer, "5.0.0", "does not answer", nobody)
    assert "registered bronze.flights_v5 " in newcomer.apply(file)


def test_without_the_metastore_the_contract_is_published_and_apply_goes_on_when_it_is_back(
    newcomer: Newcomer,
) -> None:
    newcomer.stack.kill("metastore")
    file = away(newcomer, "6.0.0", "Failed connecting to Hive metastore")
    newcomer.stack.start("metastore")
    assert "registered bronze.flights_v6 " in newcomer.apply(file)
    assert newcomer.ask("select count(*) from lake.silver.flights_v6") == [[1]]
