"""Roles that see some rows only: the customProperty rowFilter of a role."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, cast

from open_data_contract_standard.model import OpenDataContractStandard
from tidelake.contracts.contract import Field, RowFilter
from tidelake.contracts.parsing.findings import Findings, did_you_mean
from tidelake.contracts.parsing.lines import Path
from tidelake.contracts.parsing.terms import VENDOR
from tidelake.contracts.types import BOOLEAN, INTEGER_BITS, STRING, Scalar

ROW_FILTER = "rowFilter"

_SPELLING = "Write fields with the values that the role sees, such as {origin: [JFK, LGA]}."
_KINDS: Mapping[str, type] = {STRING.name: str, BOOLEAN.name: bool, **dict.fromkeys(INTEGER_BITS, int)}


def read_row_filters(
    odcs: OpenDataContractStandard, fields: Sequence[Field], findings: Findings
) -> dict[str, RowFilter]:
    """By role. What can't be used is reported: a role never sees more than its contract says."""
    found: dict[str, RowFilter] = {}
    times = Counter(role.role for role in odcs.roles or () if role.access == "read")
    for index, role in enumerate(odcs.roles or ()):
        for nth, entry in enumerate(role.customProperties or ()):
            path: Path = ("roles", index, "customProperties", nth)
            if entry.vendor not in (None, VENDOR):
                continue
            if entry.property != ROW_FILTER:
                what = f"A role has no customProperty {entry.property!r}."
                instead = did_you_mean(entry.property or "", [ROW_FILTER])
                findings.add("unknown_custom_property", (*path, "property"), what, instead)
            elif role.access != "read":
                what = f"The role {role.role!r} has a rowFilter and does not read."
                findings.add(
                    "row_filter", path, what, "Move it to a role with access: read, or leave it out."
                )
            elif times[role.role] > 1 or role.role in found:
                what = f"The role {role.role!r} reads twice, so that its rowFilter would be no limit."
                findings.add("row_filter", path, what, "List the role once, with one rowFilter.")
            elif role.role and (rows := _read(entry.value, fields, (*path, "value"), findings)):
                found[role.role] = rows
    return found


def _read(value: Any, fields: Sequence[Field], path: Path, findings: Findings) -> RowFilter | None:
    if not isinstance(value, dict) or not value:
        findings.add("row_filter", path, "The rowFilter names no field.", _SPELLING)
        return None
    read: dict[str, tuple[str | int | bool, ...]] = {}
    known = {field.name: field for field in fields}
    for name, values in cast("dict[str, Any]", value).items():
        if (problem := _problem(known.get(name), name, values)) is not None:
            findings.add("row_filter", (*path, name), problem, _SPELLING)
        else:
            read[name] = tuple(values)
    return read if len(read) == len(cast("dict[str, Any]", value)) else None


def _problem(field: Field | None, name: str, values: Any) -> str | None:
    if field is None:
        return f"The rowFilter's {name!r} is no field of the schema."
    kind = _KINDS.get(field.type.name) if isinstance(field.type, Scalar) else None
    if kind is None:
        return f"{name} is of type {field.type.sql}; rows are told apart by text, whole numbers and booleans."
    if field.masked:
        return f"{name} is classified, and who sees some of its rows would know its values."
    if not isinstance(values, list) or not values:
        return f"The rowFilter has no list of values for {name}."
    for one in cast("list[Any]", values):
        if type(one) is not kind:
            return f"The rowFilter's value {one!r} for {name} is no {field.type.sql}."
    return None
