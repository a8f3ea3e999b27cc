"""A dataset's contract as the lake uses it: what its team promises, valid by construction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from tidelake.contracts import names
from tidelake.contracts.line_patterns import LinePattern
from tidelake.contracts.types import FieldType

Source = Literal["api", "log", "cdc"]
Mode = Literal["append", "upsert"]
Classification = Literal["public", "internal", "confidential", "restricted"]
RowFilter = Mapping[str, tuple[str | int | bool, ...]]
"""Which rows a reader sees: those that have, in every field named, one of its values."""

_ROW_METRICS = ("nullValues", "missingValues", "invalidValues")
_GRAVE = (None, "error", "critical")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """Version of a contract. Orders as versions do: 1.10.0 is newer than 1.9.0."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True, slots=True)
class QualityRule:
    """One rule about values, checked behind the door. Grain: one per entry under `quality`."""

    name: str  # unique within the contract
    field: str | None  # None: the rule is about whole rows
    metric: str | None  # a library metric; None for a rule in SQL
    query: str | None  # the SQL of a rule in SQL
    arguments: Mapping[str, Any]  # of the metric, such as validValues
    must: tuple[str, Any]  # operator as the standard writes it, and its operand
    unit: str | None  # rows or percent
    severity: str | None
    schedule: str | None
    description: str

    @property
    def decides_rows(self) -> bool:
        """Whether a row alone breaks the rule, so that silver puts the row aside.

        So do nullValues, missingValues and invalidValues of a field that must be 0, counted in rows, of
        severity error or critical or none given. Shares, warnings, repeats, counts and SQL are conditions on
        tables, which nothing checks yet.
        """
        return (
            self.metric in _ROW_METRICS
            and self.field is not None
            and self.must[0] == "mustBe"
            and self.must[1] == 0
            and self.unit in (None, "rows")
            and self.severity in _GRAVE
        )


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a dataset's records."""

    name: str
    type: FieldType
    required: bool  # present and not null
    description: str
    classification: Classification
    constraints: Mapping[str, Any]  # logicalTypeOptions and enum, as JSON Schema names them

    @property
    def masked(self) -> bool:
        """Whether its values stay out of messages and logs."""
        return self.classification in {"confidential", "restricted"}


@dataclass(frozen=True, slots=True)
class SourceTable:
    """The table of a database that a dataset follows."""

    database: str
    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.database}.{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class LogRoute:
    """How log lines come to a dataset, and how a line becomes a record."""

    stream: str  # what shippers write into the header `stream`
    pattern: LinePattern


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of a dataset's contract. Made by parse_contract only."""

    dataset: str
    version: Version
    description: str
    source: Source
    table: SourceTable | None  # of source cdc, and of no other
    log: LogRoute | None  # of source log, and of no other
    owner: str  # the team that answers for the dataset; alerts will go to it
    domain: str | None
    tags: tuple[str, ...]
    fields: tuple[Field, ...]
    id_fields: tuple[str, ...]  # in the order of the event id; empty: the producer names its events
    event_time: str | None  # a required timestamp field
    partitions: int
    dedupe_window: timedelta  # counted in bronze commit time
    late_after: timedelta  # behind the newest event time of its partition a record is late
    mode: Mode
    freshness: timedelta  # from receive time to readable
    retention: timedelta  # of the records in Kafka
    completeness: float | None  # least share of records, 0 to 1
    producers: frozenset[str]  # roles with write access
    readers: frozenset[str]  # roles with read access
    row_filters: Mapping[str, RowFilter]  # of readers that see some rows only
    quality: tuple[QualityRule, ...]

    @property
    def major(self) -> int:
        """A break makes a new one, with an address, a topic and a table of its own."""
        return self.version.major

    @property
    def address(self) -> str:
        """What senders call this major version of the dataset: flights, flights.v2."""
        return names.dataset_address(self.dataset, self.major)

    @property
    def topic(self) -> str:
        """Kafka topic of the dataset's records."""
        if self.source == "cdc":
            return names.changes_topic(self.dataset, self.major)
        return names.events_topic(self.dataset, self.major)

    @property
    def bronze_path(self) -> str:
        """Path of the bronze table below the lake's root."""
        return names.bronze_path(self.dataset, self.major)

    @property
    def silver_path(self) -> str:
        """Path of the silver table below the lake's root."""
        return names.silver_path(self.dataset, self.major)

    @property
    def outcomes_path(self) -> str:
        """Path of the table of silver's outcomes below the lake's root."""
        return names.outcomes_path(self.dataset, self.major)

    @property
    def comes_by_door(self) -> bool:
        """Whether senders bring its records to the door. Others come from a database or a stream of lines."""
        return self.source == "api"

    @property
    def silver_explains(self) -> bool:
        """Whether a row of silver is the outcome of its own row of bronze, so that the outcomes leave it out.

        In an upsert dataset rows of silver come and go with their keys: there every row of bronze has its
        outcome in the outcomes.
        """
        return self.mode == "append"

    @property
    def has_silver(self) -> bool:
        """Whether silver-processor makes tables of it: so far of records that only grow in number, and of
        change data."""
        return (self.source, self.mode) in (("api", "append"), ("log", "append"), ("cdc", "upsert"))

    def field(self, name: str) -> Field:
        """The field of that name. Raises KeyError."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)
