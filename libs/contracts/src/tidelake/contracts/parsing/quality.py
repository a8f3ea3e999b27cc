"""The quality rules of a contract: kept for those who check rows behind the door."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Any

from open_data_contract_standard.model import DataQuality, SchemaObject, SchemaProperty
from tidelake.contracts.contract import QualityRule
from tidelake.contracts.parsing.findings import Findings, did_you_mean
from tidelake.contracts.parsing.lines import Path
from tidelake.contracts.parsing.patterns import check_pattern

METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount")
_LISTS = {"missingValues": ("missingValues",), "invalidValues": ("validValues",)}
_TYPES = ("library", "sql", "text")
_OPERATORS = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)
_SEVERITIES = ("info", "warning", "error", "critical")


def read_quality(schema: SchemaObject, path: Path, findings: Findings) -> tuple[QualityRule, ...]:
    """Every rule that can be checked, in the order of the contract. Rules in plain text are documentation."""
    rules: list[QualityRule] = []
    names: set[str] = set()
    for field, found, here in _rules(schema, path):
        rule = _read_rule(field, found, here, findings)
        if rule is None:
            continue
        if rule.name in names:
            findings.add(
                "duplicate_quality_name",
                (*here, "name"),
                f"Two quality rules are called {rule.name!r}.",
                "Rename one.",
            )
        names.add(rule.name)
        rules.append(rule)
    return tuple(rules)


def _rules(schema: SchemaObject, path: Path) -> Iterator[tuple[str | None, DataQuality, Path]]:
    for index, rule in enumerate(schema.quality or ()):
        yield None, rule, (*path, "quality", index)
    yield from _field_rules(schema.properties or (), (*path, "properties"), "")


def _field_rules(
    properties: Sequence[SchemaProperty], path: Path, prefix: str
) -> Iterator[tuple[str, DataQuality, Path]]:
    for position, field in enumerate(properties):
        name = f"{prefix}{field.name}"
        for index, rule in enumerate(field.quality or ()):
            yield name, rule, (*path, position, "quality", index)
        yield from _field_rules(field.properties or (), (*path, position, "properties"), f"{name}.")


def _read_rule(field: str | None, found: DataQuality, path: Path, findings: Findings) -> QualityRule | None:
    kind = found.type or "library"
    if kind == "text":
        return None
    if kind not in _TYPES:
        findings.add(
            "quality_type",
            (*path, "type"),
            f"Quality rules of type {kind!r} are not checked.",
            did_you_mean(kind, _TYPES),
        )
        return None
    if kind == "library" and found.metric not in METRICS:
        findings.add(
            "quality_metric",
            (*path, "metric") if found.metric else path,
            f"{found.metric!r} is no quality metric." if found.metric else "The quality rule has no metric.",
            did_you_mean(found.metric or "", METRICS),
        )
        return None
    if kind == "sql" and not found.query:
        findings.add("quality_query", path, "The quality rule in SQL has no query.", "Add query: SELECT ...")
        return None
    if not _readable(found, path, findings):
        return None
    must = tuple((name, value) for name in _OPERATORS if (value := getattr(found, name)) is not None)
    if len(must) != 1:
        findings.add(
            "quality_operator",
            path,
            f"The quality rule has {len(must)} conditions.",
            f"Give it exactly one of {', '.join(_OPERATORS)}.",
        )
        return None
    if found.severity is not None and found.severity not in _SEVERITIES:
        findings.add(
            "quality_severity",
            (*path, "severity"),
            f"{found.severity!r} is no severity.",
            did_you_mean(found.severity, _SEVERITIES),
        )
    return QualityRule(
        name=found.name or _default_name(field, found, must[0]),
        field=field,
        metric=found.metric if kind == "library" else None,
        query=found.query if kind == "sql" else None,
        arguments=MappingProxyType(found.arguments or {}),
        must=must[0],
        unit=found.unit,
        severity=found.severity,
        schedule=found.schedule,
        description=" ".join((found.description or "").split()),
    )


def _readable(found: DataQuality, path: Path, findings: Findings) -> bool:
    """Whether the arguments of a metric about values are of the kind that it takes."""
    arguments = found.arguments or {}
    if found.metric in _LISTS:
        for name in _LISTS[found.metric]:
            if name in arguments and not isinstance(arguments[name], list):
                what = f"The argument {name} is no list."
                findings.add("quality_arguments", (*path, "arguments", name), what, "Write [value, value].")
                return False
    if found.metric == "invalidValues":
        if not {"validValues", "pattern"} & arguments.keys():
            instead = "Name them under arguments: validValues, or a pattern."
            findings.add("quality_arguments", path, "The rule does not say what is valid.", instead)
            return False
        if "pattern" in arguments:
            here = (*path, "arguments", "pattern")
            return check_pattern(arguments["pattern"], "The rule's pattern", here, findings)
    return True


def _default_name(field: str | None, found: DataQuality, must: tuple[str, Any]) -> str:
    return "_".join(part for part in (field, found.metric or "sql", must[0], str(must[1])) if part)
