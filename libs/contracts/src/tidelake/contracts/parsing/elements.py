"""What the slaProperties are about: elements such as flights.time_hour, of this schema and no other."""

from __future__ import annotations

from collections.abc import Sequence

from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject, SchemaProperty
from tidelake.contracts.parsing.findings import Findings, did_you_mean


def check_elements(odcs: OpenDataContractStandard, schema: SchemaObject, findings: Findings) -> None:
    """Report every element that is neither the schema nor a property of it; commas stand between several."""
    for index, entry in enumerate(odcs.slaProperties or ()):
        for element in (entry.element or "").split(","):
            if element.strip():
                _check(element.strip(), schema, ("slaProperties", index, "element"), findings)


def _check(element: str, schema: SchemaObject, path: Sequence[str | int], findings: Findings) -> None:
    name, _, rest = element.partition(".")
    if name != schema.name:
        what = f"The element {element!r} is none of the schema {schema.name!r}, which the contract describes."
        findings.add("sla_element", path, what, f"Write {'.'.join(filter(None, (schema.name, rest)))}.")
        return
    properties = schema.properties or ()
    for step in rest.split(".") if rest else ():
        found = next((one for one in properties if one.name == step), None)
        if found is None:
            what = f"The element {element!r} names {step!r}, which is no field there."
            known = [one.name for one in properties if one.name]
            findings.add("sla_element", path, what, did_you_mean(step, known))
            return
        properties = _below(found)


def _below(found: SchemaProperty) -> Sequence[SchemaProperty]:
    """The fields of a struct, or of the structs that an array holds."""
    return found.properties or (found.items.properties if found.items else None) or ()
