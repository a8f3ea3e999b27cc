"""A table of the test's PostgreSQL, the dataset that follows it, and what the lake has of both."""

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from rich.console import Console
from tidelake.cli.connection import Connection
from tidelake.cli.connection import Sources as SourcesOfLake
from tidelake.cli.dataset import apply_files
from tidelake.contracts.loading import parse_contract
from tidelake.runtime.shutdown import StopSignal
from tidelake.testkit.changes import sql_text
from tidelake.testkit.changes.columns import Key, Row, in_silver
from tidelake.testkit.changes.expected import Expected
from tidelake.testkit.changes.read_back import read_back
from tidelake.testkit.changes.source import Sent
from tidelake.testkit.changes.tables import DATABASE, FollowedTable
from tidelake.testkit.road.dataset import Dataset
from tidelake.testkit.road.records import Position
from tidelake.testkit.road.road import Road

from .sources import Sources

Place = tuple[str, int, int]
"""Topic id, partition, offset."""


class Followed:
    """One table and the dataset that follows it; both have a name of their own."""

    def __init__(self, sources: Sources, road: Road, folder: Path, table: FollowedTable) -> None:
        self.table = replace(table, name=f"{table.name}_{uuid.uuid4().hex[:6]}")
        self.sources, self.road = sources, road
        self.file = folder / f"{self.table.name}.odcs.yaml"
        self.file.write_text(self.table.contract)
        self.dataset = Dataset(parse_contract(self.table.contract, self.table.name), 2)

    def sql(self, *statements: str) -> list[str]:
        """Each statement in a transaction of its own."""
        return [row for one in statements for row in self.sources.postgres.ask(DATABASE, one)]

    def make(self) -> None:
        """The table, which belongs to the lake's role and notes by itself what is written to it."""
        self.sql(*self.table.ddl, *sql_text.keeps_what_is_written(self.table))
        self.sql(f'alter table {self.table.sql_name} owner to "lake_{DATABASE}"')

    def rows(self) -> Mapping[Key, Row]:
        """What PostgreSQL says that the table has."""
        rows = map(sql_text.row_of, self.sql(sql_text.all_rows(self.table)))
        return {self.table.key_of(row): in_silver(row) for row in rows}

    def written(self) -> Counter[tuple[int, str, Key]]:
        """Every change that was committed, by the table's own notes: transaction, operation and key."""
        return Counter(sql_text.written(self.table, self.sql(sql_text.all_written(self.table))))

    def sent(self) -> list[tuple[Position, Sent | None]]:
        """What bronze has, by partition and offset; None: no change of a row."""
        rows = sorted(self.road.bronze(self.dataset).rows(), key=lambda row: row[0])
        found = read_back(self.table, ((content.key, content.value) for _, content in rows))
        return [(position, one) for (position, _), one in zip(rows, found, strict=True)]

    def arrived(self) -> Counter[tuple[int, str, Key]]:
        """As `written`, by bronze, whatever was sent again. Rows of a snapshot are no change."""
        changes = {id(one): one for _, one in self.sent() if one is not None and one.op != "r"}
        return Counter((one.tx_id, one.op, one.key) for one in changes.values())

    def against_log(self) -> int:
        """How many changes were written to PostgreSQL's log before the one of their key that they follow."""
        changes = {id(one): one for _, one in self.sent() if one is not None}
        newest: dict[Key, int] = {}
        found = 0
        for one in changes.values():
            found += one.lsn < newest.get(one.key, 0)
            newest[one.key] = one.lsn
        return found

    def bronze_rows(self) -> int:
        """By the table's log; 0 when there is no table yet."""
        return self._count(self.dataset.contract.bronze_path)

    def explained(self) -> int:
        """As `bronze_rows`, of the outcomes."""
        return self._count(self.dataset.contract.outcomes_path)

    def silver(self) -> Mapping[Key, Row]:
        """What readers see."""
        names = [field.name for field in self.dataset.contract.fields]
        found: dict[Key, Row] = {}
        for row in self._rows(self.dataset.contract.silver_path, [*names, "lake_is_deleted"]):
            if not row.pop("lake_is_deleted"):
                key = tuple(row[name] for name in self.table.key)
                assert key not in found, f"silver has the key {key} twice"
                found[key] = row
        return found

    def outcomes(self) -> list[tuple[Place, str]]:
        """Every outcome, by partition and offset."""
        columns = ["topic_id", "partition", "offset", "outcome"]
        rows = self._rows(self.dataset.contract.outcomes_path, columns)
        return sorted(((row["topic_id"], row["partition"], row["offset"]), row["outcome"]) for row in rows)

    def reasons(self) -> Iterator[tuple[str, str, str]]:
        """Rule, value and what was expected, of all that has an outcome with reasons."""
        for row in self._rows(self.dataset.contract.outcomes_path, ["reasons"]):
            for one in row["reasons"] or ():
                yield one["rule"], one["value"], one["expected"]

    def expected(self) -> list[tuple[Place, str]]:
        """The outcomes that what bronze has should have, told without offsets or places in a log."""
        sent = self.sent()
        words = Expected().outcomes([one for _, one in sent if one is not None])
        return [
            ((at.topic_id, at.partition, at.offset), "ignored" if one is None else next(words))
            for at, one in sent
        ]

    def _count(self, path: str) -> int:
        storage = self.road.storage
        if not DeltaTable.is_deltatable(storage.uri(path), storage.delta_options()):
            return 0
        actions: Any = DeltaTable(
            storage.uri(path), storage_options=storage.delta_options()
        ).get_add_actions()
        return sum(actions["num_records"].to_pylist())

    def _rows(self, path: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        storage = self.road.storage
        table: Any = DeltaTable(storage.uri(path), storage_options=storage.delta_options())
        return table.to_pyarrow_table(columns=list(columns)).to_pylist()


def connection_to(road: Road, sources: Sources) -> Connection:
    """The command line's way to the lake under test, with its Kafka Connect."""
    return Connection(
        road.emulator.lake_root,
        road.emulator.service_account_path,
        road.bootstrap,
        "http://127.0.0.1:9",
        sources=SourcesOfLake(sources.connect_url, sources.home.sources),
    )


def apply(*followed: Followed) -> str:
    """What `lake dataset apply` says of their contracts."""
    console, first = Console(record=True, width=400), followed[0]
    connection, files = connection_to(first.road, first.sources), [one.file for one in followed]
    apply_files(connection, files, console, StopSignal(), timeout=timedelta(seconds=60))
    return console.export_text()
