"""Everything a contract says about its dataset beyond the fields: how it comes, who may send, how soon."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast, get_args

from open_data_contract_standard.model import OpenDataContractStandard, Team
from tidelake.contracts.contract import Mode, Source, SourceTable
from tidelake.contracts.parsing.durations import SPELLING, duration, iso_duration
from tidelake.contracts.parsing.findings import Findings, did_you_mean
from tidelake.contracts.parsing.lines import Path

T = TypeVar("T")

SOURCES: tuple[str, ...] = get_args(Source)
MODES: tuple[str, ...] = get_args(Mode)
ACCESS = ("read", "write")
VENDOR = "tidelake"
DEFAULT_DEDUPE_WINDOW = timedelta(days=7)
DEFAULT_LATE_AFTER = timedelta(days=1)
MOST_PARTITIONS = 10_000
# PostgreSQL's names as they are without quotes; 63 bytes is its longest.
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Properties:
    """The customProperties, each of the right type; a placeholder stands for what was reported as wrong."""

    source: Source
    mode: Mode
    partitions: int
    id_fields: tuple[str, ...]
    id_fields_path: Path
    event_time: str | None
    event_time_path: Path
    dedupe_window: timedelta
    late_after: timedelta
    table: SourceTable | None
    log_stream: str | None
    log_pattern: str | None
    paths: Mapping[str, Path]  # of the values that are there


@dataclass(frozen=True, slots=True)
class Levels:
    """The slaProperties."""

    freshness: timedelta
    retention: timedelta
    completeness: float | None


_CUSTOM = (
    "source",
    "mode",
    "partitions",
    "idFields",
    "eventTime",
    "dedupeWindow",
    "lateAfter",
    "table",
    "logStream",
    "logPattern",
)
TABLE_SPELLING = "Write DATABASE.SCHEMA.TABLE, such as shop.public.orders."
_SLA = ("freshness", "retention", "completeness")


def read_properties(odcs: OpenDataContractStandard, findings: Findings) -> Properties:
    """The customProperties. Those of other vendors are theirs and left alone."""
    values: dict[str, Any] = {}
    paths: dict[str, Path] = {}
    for index, entry in enumerate(odcs.customProperties or ()):
        path = ("customProperties", index)
        name = entry.property or ""
        if entry.vendor not in (None, VENDOR):
            continue
        if name not in _CUSTOM:
            what = f"There is no customProperty {name!r}."
            findings.add("unknown_custom_property", (*path, "property"), what, did_you_mean(name, _CUSTOM))
        elif name in values:
            what = f"The customProperty {name!r} is there twice."
            findings.add("duplicate_custom_property", (*path, "property"), what, "Keep one of them.")
        else:
            values[name], paths[name] = entry.value, (*path, "value")
    reader = _Reader(values, paths, findings)
    return Properties(
        source=cast("Source", reader.one_of("source", SOURCES, "api")),
        mode=cast("Mode", reader.one_of("mode", MODES, "append")),
        partitions=reader.take(
            "partitions",
            _positive_int,
            1,
            f"Write a whole number from 1 to {MOST_PARTITIONS}.",
        ),
        id_fields=reader.optional(
            "idFields",
            _field_names,
            (),
            "Write a list of different field names, such as [day, order_id].",
        ),
        id_fields_path=paths.get("idFields", ("customProperties",)),
        event_time=reader.optional("eventTime", _text, None, "Write the name of one field."),
        event_time_path=paths.get("eventTime", ("customProperties",)),
        dedupe_window=reader.optional(
            "dedupeWindow",
            lambda value: iso_duration(value) if isinstance(value, str) else None,
            DEFAULT_DEDUPE_WINDOW,
            "Write an ISO 8601 span such as P7D or PT12H.",
        ),
        late_after=reader.optional(
            "lateAfter",
            lambda value: iso_duration(value) if isinstance(value, str) else None,
            DEFAULT_LATE_AFTER,
            "Write an ISO 8601 span such as P1D or PT1H.",
        ),
        table=reader.optional(
            "table",
            _source_table,
            None,
            f"{TABLE_SPELLING} Each has small letters, digits and _ alone, at most 63, and begins with "
            "no digit. A table that is called otherwise can't be followed.",
        ),
        log_stream=reader.optional(
            "logStream", _text, None, "Write what shippers put into the header stream."
        ),
        log_pattern=reader.optional(
            "logPattern", _text, None, "Write a regular expression, such as (?<at>[^ ]+) (?<message>.*)."
        ),
        paths=paths,
    )


def read_levels(odcs: OpenDataContractStandard, findings: Findings) -> Levels:
    """The slaProperties that the lake keeps; others are allowed and left alone."""
    found: dict[str, timedelta | float] = {}
    for index, entry in enumerate(odcs.slaProperties or ()):
        path = ("slaProperties", index)
        name = entry.property or ""
        if name not in _SLA:
            continue
        if name in found:
            what = f"The slaProperty {name!r} is there twice."
            findings.add("duplicate_sla_property", (*path, "property"), what, "Keep one of them.")
        elif name == "completeness":
            share = _share(entry.value, entry.unit)
            if share is None:
                what = f"The completeness {_written(entry.value, entry.unit)} is no share."
                findings.add(
                    "completeness",
                    (*path, "value"),
                    what,
                    "Write a number above 0, up to 100, with unit percent.",
                )
            found[name] = share or 0.0
        else:
            span = duration(entry.value, entry.unit)
            if span is None:
                what = f"The {name} {_written(entry.value, entry.unit)} is no span of time."
                findings.add("duration", (*path, "value"), what, SPELLING)
            found[name] = span or timedelta(days=1)
    for name in ("freshness", "retention"):
        if name not in found:
            what = f"There is no slaProperty {name!r}."
            findings.add("missing_sla", ("slaProperties",), what, f"Add property: {name}. {SPELLING}")
    return Levels(
        freshness=cast("timedelta", found.get("freshness", timedelta(days=1))),
        retention=cast("timedelta", found.get("retention", timedelta(days=1))),
        completeness=cast("float | None", found.get("completeness")),
    )


def read_owner(odcs: OpenDataContractStandard, findings: Findings) -> str:
    """The team that owns the dataset."""
    if isinstance(odcs.team, Team) and odcs.team.name:
        return odcs.team.name
    findings.add(
        "no_owner",
        ("team",),
        "The contract names no team that owns the dataset.",
        "Add team: with its name:.",
    )
    return ""


def read_producers(odcs: OpenDataContractStandard, source: Source, findings: Findings) -> frozenset[str]:
    """Roles that may send. Only the door asks for one: a database and a log shipper know no roles."""
    for index, role in enumerate(odcs.roles or ()):
        if role.access not in ACCESS:
            what = f"The role {role.role!r} has the access {role.access!r}."
            path = ("roles", index, "access") if role.access else ("roles", index)
            findings.add("role_access", path, what, did_you_mean(role.access or "", ACCESS))
    writers = _roles(odcs, "write")
    if not writers and source == "api":
        what = "No role has write access, so nobody could send."
        findings.add("no_producer", ("roles",), what, "Add one under roles: with access: write.")
    return writers


def read_readers(odcs: OpenDataContractStandard) -> frozenset[str]:
    """Roles that may ask."""
    return _roles(odcs, "read")


def _roles(odcs: OpenDataContractStandard, access: str) -> frozenset[str]:
    return frozenset(role.role for role in odcs.roles or () if role.access == access and role.role)


class _Reader:
    """Reads one customProperty after the other, with a placeholder where one is wrong."""

    def __init__(self, values: Mapping[str, Any], paths: Mapping[str, Path], findings: Findings) -> None:
        self._values = values
        self._paths = paths
        self._findings = findings

    def take(self, name: str, read: Callable[[object], T | None], placeholder: T, instead: str) -> T:
        if name not in self._values:
            self._findings.add(
                "missing_custom_property",
                ("customProperties",),
                f"There is no customProperty {name!r}.",
                instead,
            )
            return placeholder
        return self.optional(name, read, placeholder, instead)

    def optional(self, name: str, read: Callable[[object], T | None], default: T, instead: str) -> T:
        if name not in self._values:
            return default
        value = read(self._values[name])
        if value is None:
            kind = {"partitions": "partitions", "dedupeWindow": "duration"}.get(name, "custom_property")
            what = f"The customProperty {name!r} is {self._values[name]!r}."
            self._findings.add(kind, self._paths[name], what, instead)
            return default
        return value

    def one_of(self, name: str, known: tuple[str, ...], placeholder: str) -> str:
        def read(value: object) -> str | None:
            return value if isinstance(value, str) and value in known else None

        return self.take(name, read, placeholder, f"Write {' or '.join(known)}.")


def _positive_int(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 1 <= value <= MOST_PARTITIONS else None


def _field_names(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not value:
        return None
    listed = cast("list[object]", value)
    names = tuple(name for name in listed if isinstance(name, str))
    return names if len(names) == len(listed) == len(set(names)) else None


def _source_table(value: object) -> SourceTable | None:
    parts = value.split(".") if isinstance(value, str) else []
    if len(parts) != 3 or not all(_IDENTIFIER.fullmatch(part) for part in parts):
        return None
    return SourceTable(*parts)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _share(value: object, unit: str | None) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or unit not in ("percent", "%"):
        return None
    return value / 100 if 0 < value <= 100 else None


def _written(value: object, unit: str | None) -> str:
    return f"{value!r} {unit}" if unit else repr(value)
