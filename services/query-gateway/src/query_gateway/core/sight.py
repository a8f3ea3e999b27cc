"""Who may see which tables, and of which columns only null, as the contracts say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tidelake.contracts.contract import Contract, RowFilter
from tidelake.contracts.keys import DATA_ENGINEERING
from tidelake.contracts.masking import has_masked
from tidelake.contracts.names import MONITOR_TABLES, sql_name

FOR_EVERYBODY = MappingProxyType({"ops.datasets": "ops/datasets"})
"""Tables that every role reads which reads anything, and their paths below the lake's root."""
FOR_ENGINEERS = MappingProxyType({sql_name(path): path for path in MONITOR_TABLES})
"""What the monitor keeps of all datasets and processes: the data engineers alone read it."""

# As Trino's user is made of it; any other role can't ask.
_ROLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

# Where the raw bytes of a record stand; and silver's words about what is wrong with them.
_RAW_COLUMNS = ("key", "value", "headers")
_REASONS = "reasons"


@dataclass(frozen=True, slots=True)
class VisibleTable:
    """A table of a dataset, who reads it, and which columns are null to them."""

    name: str  # schema.table
    path: str  # below the lake's root
    readers: frozenset[str]
    masked: tuple[str, ...]
    row_filters: Mapping[str, RowFilter]  # by role, of the readers that see some rows only
    hides_deleted: bool = False  # rows that their source has no more are there, for the engineers alone


def tables_of(contract: Contract) -> tuple[VisibleTable, ...]:
    """Silver, outcomes and bronze of one major version. A column that holds a masked field anywhere in it is
    null as a whole: Trino's masks can't reach into a row without naming all the others. Who sees some rows
    only reads silver alone: nothing tells whose row it is that stands raw in the others."""
    readers = frozenset(role for role in contract.readers if _ROLE.fullmatch(role))
    unlimited = readers - contract.row_filters.keys()
    limits = {role: rows for role, rows in contract.row_filters.items() if role in readers}
    masked = tuple(field.name for field in contract.fields if field.masked or has_masked(field.type))
    masked_names, raw = frozenset(masked), _RAW_COLUMNS if masked else ()
    id_is_masked = not masked_names.isdisjoint(contract.id_fields)  # an event id is made of these fields
    columns = {
        contract.silver_path: (*masked, *(("lake_event_id",) if id_is_masked else ())),
        contract.outcomes_path: (
            *raw,
            *((_REASONS,) if masked else ()),
            *(("event_id",) if id_is_masked else ()),
        ),
        contract.bronze_path: raw,
    }
    # Trino looks a mask up by the column's name in small letters.
    return tuple(
        VisibleTable(sql_name(path), path, readers, _small(hidden), limits, contract.mode == "upsert")
        if path == contract.silver_path
        else VisibleTable(sql_name(path), path, unlimited, _small(hidden), {})
        for path, hidden in columns.items()
    )


def _small(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)


@dataclass(frozen=True, slots=True)
class Sight:
    """Everything that can be seen by anybody."""

    tables: tuple[VisibleTable, ...]

    @property
    def roles(self) -> frozenset[str]:
        """Who reads anything."""
        return frozenset[str]().union(*(table.readers for table in self.tables)) | {DATA_ENGINEERING}

    def of(self, role: str) -> Mapping[str, str]:
        """Path by name of every table that a role reads; none for a role that reads no dataset."""
        seen = {
            table.name: table.path
            for table in self.tables
            if role == DATA_ENGINEERING or role in table.readers
        }
        if not seen and role != DATA_ENGINEERING:
            return {}
        more: Mapping[str, str] = FOR_ENGINEERS if role == DATA_ENGINEERING else {}
        return {**FOR_EVERYBODY, **more, **seen}


def sight(contracts: Iterable[Contract]) -> Sight:
    """Of the newest contract of each major version."""
    return Sight(tuple(table for contract in contracts for table in tables_of(contract)))
