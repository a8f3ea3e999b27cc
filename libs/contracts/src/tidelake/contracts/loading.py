"""From the text of a contract to a Contract."""

from __future__ import annotations

import re

from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject
from tidelake.contracts import names
from tidelake.contracts.contract import Contract, Field, Version
from tidelake.contracts.parsing.document import read_standard
from tidelake.contracts.parsing.elements import check_elements
from tidelake.contracts.parsing.fields import read_fields
from tidelake.contracts.parsing.findings import Findings
from tidelake.contracts.parsing.lines import BrokenYaml, read_document
from tidelake.contracts.parsing.quality import read_quality
from tidelake.contracts.parsing.row_filters import read_row_filters
from tidelake.contracts.parsing.sources import read_source
from tidelake.contracts.parsing.terms import (
    Properties,
    read_levels,
    read_owner,
    read_producers,
    read_properties,
    read_readers,
)
from tidelake.contracts.problems import ContractProblem, InvalidContract
from tidelake.contracts.small_objects import MAX_DOCUMENT_BYTES
from tidelake.contracts.types import DOUBLE, FLOAT, TIMESTAMP, Array, Struct

_PART = r"(0|[1-9][0-9]{0,8})"
_VERSION = re.compile(rf"{_PART}\.{_PART}\.{_PART}")


def parse_contract(text: str, origin: str) -> Contract:
    """The contract in `text`, an Open Data Contract Standard document. `origin` names it in messages.

    Raises InvalidContract with every problem, each with its line.
    """
    if (size := len(text.encode(errors="replace"))) > MAX_DOCUMENT_BYTES:
        found = ContractProblem(
            1,
            "too_large",
            f"It has {size} bytes, and the lake reads at most {MAX_DOCUMENT_BYTES}.",
            "Describe less in it.",
        )
        raise InvalidContract(origin, [found])
    try:
        document = read_document(text)
    except BrokenYaml as problem:
        found = ContractProblem(
            problem.line, "not_yaml", f"This is no YAML: {problem.reason}.", "Mend this line first."
        )
        raise InvalidContract(origin, [found]) from problem
    findings = Findings(document)
    odcs = read_standard(document, findings)
    contract = None if odcs is None else _read_contract(odcs, findings)
    if findings.problems or contract is None:
        raise InvalidContract(origin, findings.problems)
    return contract


def _read_contract(odcs: OpenDataContractStandard, findings: Findings) -> Contract | None:
    dataset = _read_dataset(odcs, findings)
    version = _read_version(odcs, findings)
    schema = _read_schema(odcs, dataset, findings)
    path = ("schema", 0)
    fields = read_fields(schema.properties or (), (*path, "properties"), findings) if schema else ()
    properties = read_properties(odcs, findings)
    if schema is not None:
        _check_reserved(schema, (*path, "properties"), findings)
        _check_id_fields(properties, schema, fields, findings)
        _check_event_time(properties, schema, fields, findings)
        check_elements(odcs, schema, findings)
    levels = read_levels(odcs, findings)
    owner = read_owner(odcs, findings)
    producers = read_producers(odcs, properties.source, findings)
    log = read_source(properties, fields, findings)
    row_filters = read_row_filters(odcs, fields, findings)
    quality = read_quality(schema, path, findings) if schema else ()
    if version is None or schema is None:
        return None
    description = odcs.description.purpose if odcs.description else None
    return Contract(
        dataset=dataset,
        version=version,
        description=" ".join((schema.description or description or "").split()),
        source=properties.source,
        table=properties.table,
        log=log,
        owner=owner,
        domain=odcs.domain,
        tags=tuple(odcs.tags or ()),
        fields=fields,
        id_fields=properties.id_fields,
        event_time=properties.event_time,
        partitions=properties.partitions,
        dedupe_window=properties.dedupe_window,
        late_after=properties.late_after,
        mode=properties.mode,
        freshness=levels.freshness,
        retention=levels.retention,
        completeness=levels.completeness,
        producers=producers,
        readers=read_readers(odcs),
        row_filters=row_filters,
        quality=quality,
    )


def _read_dataset(odcs: OpenDataContractStandard, findings: Findings) -> str:
    if not odcs.name:
        findings.add(
            "missing_dataset",
            ("name",),
            "The contract names no dataset.",
            "Add name: with the dataset's name.",
        )
        return ""
    if not names.is_dataset_name(odcs.name):
        findings.add(
            "dataset_name",
            ("name",),
            f"{odcs.name!r} is no name for a dataset.",
            f"Use small letters, digits and single _, at most {names.MAX_DATASET_LENGTH} characters, "
            "not ending in _outcomes or _v and a number.",
        )
    return odcs.name


def _read_version(odcs: OpenDataContractStandard, findings: Findings) -> Version | None:
    if odcs.version is None:
        findings.add("missing_version", ("version",), "The contract has no version.", "Add version: 1.0.0.")
        return None
    match = _VERSION.fullmatch(odcs.version)
    if match is None or match[1] == "0":
        what = f"The version {odcs.version!r} is none that the lake publishes."
        findings.add(
            "bad_version",
            ("version",),
            what,
            "Write MAJOR.MINOR.PATCH, from 1.0.0 on, each of at most 9 digits.",
        )
        return None
    return Version(int(match[1]), int(match[2]), int(match[3]))


def _read_schema(odcs: OpenDataContractStandard, dataset: str, findings: Findings) -> SchemaObject | None:
    schemas = odcs.schema_ or []
    if len(schemas) != 1:
        findings.add(
            "schema_count",
            ("schema",),
            f"The contract describes {len(schemas)} schemas.",
            "Describe exactly one: a dataset has one contract, and a contract has one dataset.",
        )
        return None
    schema = schemas[0]
    if dataset and schema.name != dataset:
        findings.add(
            "schema_name",
            ("schema", 0, "name"),
            f"The schema is called {schema.name!r} and the dataset {dataset!r}.",
            "Give both the same name.",
        )
    if not schema.properties:
        findings.add(
            "no_fields", ("schema", 0), "The schema has no properties.", "Describe at least one field."
        )
    return schema


def _check_reserved(schema: SchemaObject, path: tuple[str | int, ...], findings: Findings) -> None:
    for index, found in enumerate(schema.properties or ()):
        if (found.name or "").lower().startswith(names.LAKE_PREFIX):
            what = f"{found.name!r} begins with {names.LAKE_PREFIX}, as the columns do that the lake adds."
            findings.add("field_name", (*path, index, "name"), what, "Give it another name.")


def _check_id_fields(
    properties: Properties, schema: SchemaObject, fields: tuple[Field, ...], findings: Findings
) -> None:
    path = properties.id_fields_path
    for position, name in enumerate(properties.id_fields):
        field = _named(name, schema, fields, "id field", "id_field", (*path, position), findings)
        if field is None:
            continue
        if not field.required:
            what = f"The id field {name!r} is not required, so an event could come without its id."
            findings.add("id_field_not_required", (*path, position), what, f"Set required: true on {name}.")
        if isinstance(field.type, Struct | Array) or field.type in (DOUBLE, FLOAT):
            what = f"The id field {name!r} is of type {field.type.sql}, which can't name an event reliably."
            findings.add(
                "id_field_type", (*path, position), what, "Use text, whole numbers, decimals, dates or times."
            )
    if properties.mode == "upsert" and not properties.id_fields:
        what = "An upsert dataset has no idFields, so nobody could tell which row a record changes."
        findings.add("missing_id_fields", path, what, "Add the customProperty idFields.")
    keys = {found.name for found in schema.properties or () if found.primaryKey}
    if keys and properties.id_fields and keys != set(properties.id_fields):
        marked, named = ", ".join(sorted(map(str, keys))), ", ".join(properties.id_fields)
        what = f"primaryKey is set on {marked}, and idFields are {named}."
        findings.add("primary_key", path, what, "Name the same fields in both, or leave primaryKey out.")


def _check_event_time(
    properties: Properties, schema: SchemaObject, fields: tuple[Field, ...], findings: Findings
) -> None:
    if properties.event_time is None:
        return
    path, name = properties.event_time_path, properties.event_time
    field = _named(name, schema, fields, "event time", "event_time", path, findings)
    if field is not None and (field.type != TIMESTAMP or not field.required):
        need = "required" if field.required else "not required"
        what = f"The event time {name!r} is {need} and of type {field.type.sql}."
        findings.add("event_time_type", path, what, "Name a required field with logicalType: timestamp.")


def _named(
    name: str,
    schema: SchemaObject,
    fields: tuple[Field, ...],
    role: str,
    kind: str,
    path: tuple[str | int, ...],
    findings: Findings,
) -> Field | None:
    """The field of that name; None also when the field itself was reported as wrong."""
    for field in fields:
        if field.name == name:
            return field
    if name not in {found.name for found in schema.properties or ()}:
        findings.add(
            kind, path, f"The {role} {name!r} is no field of the schema.", "Name one of its properties."
        )
    return None
