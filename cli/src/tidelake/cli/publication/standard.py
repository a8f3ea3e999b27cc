"""What datacontract-cli knows of contracts: lint, comparison, JSON Schema. It is imported when it is used,
since that takes most of a second."""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from open_data_contract_standard.model import OpenDataContractStandard
from tidelake.contracts.compatibility import Break
from tidelake.contracts.contract import Contract, Field
from tidelake.contracts.json_schema import tighten
from tidelake.contracts.types import Array, Struct

# Rules about rows are checked behind the door: changing one breaks nobody's records.
_NO_BREAK = frozenset({"quality-constraint-changed", "freshness-changed", "relationship-changed"})


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One thing that the standard's own checker says."""

    passed: bool  # False: the document is not what the standard allows
    what: str


def lint(text: str) -> list[LintFinding]:
    """What the checker has to say beyond that all is well."""
    run = _tool(data_contract_str=text).lint()
    return [
        LintFinding(check.result.value in ("passed", "warning", "info"), check.reason or check.name or "")
        for check in run.checks
        if check.result.value != "passed"
    ]


def export_json_schema(text: str, contract: Contract) -> bytes:
    """The JSON Schema that the door checks records of this contract with."""
    exported = _parsed(text).export("jsonschema", schema_name=contract.dataset)
    schema = tighten(json.loads(cast("str", exported)), contract)
    return f"{json.dumps(schema, indent=2, ensure_ascii=False)}\n".encode()


def schema_breaks(before_text: str, before: Contract, after_text: str, after: Contract) -> list[Break]:
    """What the fields of `after` break for readers and producers of `before`."""
    breaks: set[Break] = set()
    old, new = _parsed(before_text), _parsed(after_text)
    for perspective, side in (("consumer", "readers"), ("producer", "producers")):
        entries: Sequence[Any] = old.breaking(new, perspective=perspective).entries
        required = {entry.path for entry in entries if entry.rule_id == "required-changed"}
        for entry in entries:
            if entry.level.value != "error" or entry.rule_id in _NO_BREAK:
                continue
            field = _field_path(entry.path)
            added = entry.rule_id == "property-added-or-removed" and side == "producers"
            if added and f"{entry.path}.required" not in required:
                continue  # a new optional field asks nothing of anybody, whatever the comparison says
            types = _type_of(before, field), _type_of(after, field)
            if entry.rule_id == "type-changed" and types[0] == types[1] is not None:
                continue  # another spelling of the same type
            breaks.add(Break(side, field, _in_words(entry, *types)))  # type: ignore[arg-type]
    return sorted(breaks)


def _field_path(path: str) -> str:
    """schema.flights.properties.address.properties.city.required -> address.city"""
    steps = path.split(".properties.")[1:]
    return ".".join(step.split(".")[0] for step in steps) or path


def _in_words(entry: Any, before: str | None, after: str | None) -> str:
    """`before`, `after`: the field's types, which a contract need not write; None: it has no such field."""
    if entry.rule_id == "required-changed":
        return (
            "It would be required." if entry.change_type.value != "removed" else "It could be absent or null."
        )
    if entry.rule_id == "property-added-or-removed":
        return (
            "It would be gone." if entry.change_type.value == "removed" else "It would be new and required."
        )
    if entry.rule_id == "type-changed":
        return f"Its type would change from {before or entry.old_value} to {after or entry.new_value}."
    return f"{entry.message}."


def _type_of(contract: Contract, field: str) -> str | None:
    found = _find(contract.fields, field.split("."))
    return found.type.sql if found else None


def _find(fields: Iterable[Field], steps: Sequence[str]) -> Field | None:
    found = next((field for field in fields if field.name == steps[0]), None)
    if found is None or len(steps) == 1:
        return found
    inner = found.type.item.type if isinstance(found.type, Array) else found.type
    return _find(inner.fields, steps[1:]) if isinstance(inner, Struct) else None


def _parsed(text: str) -> Any:
    # A document that is parsed already is not validated over and over: check() has it linted once.
    return _tool(data_contract=OpenDataContractStandard.from_string(text))


def _tool(**document: Any) -> Any:
    from datacontract.data_contract import DataContract  # type: ignore[reportMissingTypeStubs]

    logging.getLogger("datacontract").setLevel(logging.CRITICAL)  # its findings come back as values
    untyped: Any = DataContract
    # References are not followed: a contract is judged by what it says, without a network.
    return untyped(**document, inline_references=False, all_errors=True)
