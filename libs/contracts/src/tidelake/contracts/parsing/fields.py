"""The fields of a dataset, out of the standard's schema properties."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast, get_args

from open_data_contract_standard.model import SchemaProperty
from tidelake.contracts.contract import Classification, Field
from tidelake.contracts.parsing.findings import Findings, did_you_mean
from tidelake.contracts.parsing.lines import Path
from tidelake.contracts.parsing.patterns import check_pattern
from tidelake.contracts.types import (
    Array,
    FieldType,
    Struct,
    logical_types,
    physical_types,
    scalar_type,
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
CLASSIFICATIONS: tuple[str, ...] = get_args(Classification)
# What the door can hold a value to beyond its type; everything else is a quality rule.
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "pattern"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}


def read_fields(properties: Sequence[SchemaProperty], path: Path, findings: Findings) -> tuple[Field, ...]:
    """The fields in the order of the contract. What is wrong goes to `findings`, and is left out."""
    fields: list[Field] = []
    seen: dict[str, str] = {}
    for index, found in enumerate(properties):
        here = (*path, index)
        name = found.name or ""
        if not _NAME.fullmatch(name):
            findings.add(
                "field_name",
                (*here, "name"),
                f"{name!r} is no name for a field.",
                "Use letters, digits and _, not starting with a digit.",
            )
            continue
        # Delta tables and Spark do not tell names apart by their case.
        if (earlier := seen.get(name.lower())) is not None:
            same = (
                f"{name!r} is there twice."
                if earlier == name
                else f"{name!r} differs from {earlier!r} in case only."
            )
            findings.add("duplicate_property", (*here, "name"), same, "Give each field a name of its own.")
            continue
        seen[name.lower()] = name
        if (field := _read_field(name, found, here, findings)) is not None:
            fields.append(field)
    return tuple(fields)


def _read_field(name: str, found: SchemaProperty, path: Path, findings: Findings) -> Field | None:
    if found.physicalName not in (None, name):
        findings.add(
            "physical_name",
            (*path, "physicalName"),
            f"{name!r} has another physicalName.",
            "Leave it out: a field has one name in the record, the table and the query.",
        )
    classification = found.classification or "internal"
    if classification not in CLASSIFICATIONS:
        findings.add(
            "classification",
            (*path, "classification"),
            f"{classification!r} is no classification, so nobody could tell whether to mask {name!r}.",
            did_you_mean(classification, CLASSIFICATIONS),
        )
        return None
    type_ = _read_type(name, found, path, findings)
    constraints = _read_constraints(name, found, path, findings)
    if type_ is None:
        return None
    return Field(
        name=name,
        type=type_,
        required=bool(found.required),
        description=" ".join((found.description or "").split()),
        classification=cast("Classification", classification),
        constraints=constraints,
    )


def _read_type(name: str, found: SchemaProperty, path: Path, findings: Findings) -> FieldType | None:
    logical, physical = found.logicalType, found.physicalType
    if logical is None:
        findings.add(
            "unknown_type",
            (*path, "name"),
            f"{name!r} has no logicalType.",
            f"Known: {', '.join(logical_types())}.",
        )
        return None
    allowed = physical_types(logical)
    if allowed is None:
        findings.add(
            "unknown_type",
            (*path, "logicalType"),
            f"{name!r} has the logicalType {logical!r}, which no table of the lake keeps.",
            did_you_mean(logical, logical_types()),
        )
        return None
    if logical in {"object", "array"}:
        if physical not in (None, *allowed):
            _wrong_pair(name, logical, physical, allowed, path, findings)
        return (
            _read_struct(name, found, path, findings)
            if logical == "object"
            else _read_array(name, found, path, findings)
        )
    scalar = scalar_type(logical, physical)
    if scalar is None:
        _wrong_pair(name, logical, physical, allowed, path, findings)
    return scalar


def _wrong_pair(
    name: str, logical: str, physical: str | None, allowed: Sequence[str], path: Path, findings: Findings
) -> None:
    findings.add(
        "unknown_type",
        (*path, "physicalType"),
        f"{name!r} has the physicalType {physical!r}, which does not go with {logical}.",
        f"Use {', '.join(allowed)}.",
    )


def _read_struct(name: str, found: SchemaProperty, path: Path, findings: Findings) -> Struct | None:
    if not found.properties:
        findings.add(
            "unknown_type", path, f"{name!r} is an object without properties.", "Name them under properties."
        )
        return None
    return Struct(read_fields(found.properties, (*path, "properties"), findings))


def _read_array(name: str, found: SchemaProperty, path: Path, findings: Findings) -> Array | None:
    if found.items is None:
        findings.add(
            "unknown_type", path, f"{name!r} is an array without items.", "Describe one of them under items."
        )
        return None
    item = _read_field(found.items.name or "item", found.items, (*path, "items"), findings)
    return None if item is None else Array(item)


def _read_constraints(name: str, found: SchemaProperty, path: Path, findings: Findings) -> Mapping[str, Any]:
    known = _OPTIONS.get(found.logicalType or "", ())
    kept: dict[str, Any] = {}
    for option, value in (found.logicalTypeOptions or {}).items():
        here = (*path, "logicalTypeOptions", option)
        if option not in known:
            instead = did_you_mean(option, known) if known else "Write it as a quality rule."
            findings.add(
                "unknown_option",
                here,
                f"{name!r} has the option {option!r}, which the door can't check.",
                instead,
            )
        elif option != "pattern" or check_pattern(value, f"The pattern of {name!r}", here, findings):
            kept[option] = value
    if found.enum:
        kept["enum"] = tuple(entry.value for entry in found.enum)
        if any(isinstance(value, dict | list) for value in kept["enum"]):
            what = f"The enum of {name!r} lists an object or an array."
            findings.add("enum", (*path, "enum"), what, "List text, numbers, true, false or null.")
    return MappingProxyType(kept)
