"""The contract as the Open Data Contract Standard sees it: right document, right version, right shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from importlib import resources
from typing import Any, cast

import jsonschema_rs
import msgspec
from open_data_contract_standard.model import OpenDataContractStandard
from pydantic import ValidationError
from tidelake.contracts.parsing.findings import NOT_ODCS, Findings
from tidelake.contracts.parsing.lines import Document, Path

API_VERSIONS = ("v3.1.0", "v3.2.0")

_STARTS_WITH = "Start with apiVersion: v3.2.0 and kind: DataContract."
_SEE_STANDARD = "See the Open Data Contract Standard, version 3.2.0."
_READ_ELSEWHERE = frozenset({"version", "apiVersion"})  # their absence is said in plainer words
_LONGEST_MESSAGE = 160
_MOST_ROUNDS = 5


def read_standard(document: Document, findings: Findings) -> OpenDataContractStandard | None:
    """The standard's own model of the document, or None when there is too little to go on with."""
    for spot in document.unusable:
        findings.add_at(
            spot.line, "not_yaml", f"There is {spot.text}.", "Write plain text, in quotes if need be."
        )
    for spot in document.repeated_keys:
        findings.add_at(
            spot.line, "duplicate_key", f"The key {spot.text!r} stands twice.", "Keep one of them."
        )
    if document.unusable:
        return None
    value = _mapping(document.value)
    if not {"apiVersion", "kind"} & value.keys():
        findings.add(NOT_ODCS, (), "This is no Open Data Contract Standard document.", _STARTS_WITH)
        return None
    _check_version(value, findings)
    _check_shape(value, findings)
    return _read_model(value, findings)


def _read_model(value: dict[str, Any], findings: Findings) -> OpenDataContractStandard | None:
    """The model of what is right; what is wrong is reported and left out, so that the rest is checked too."""
    known = OpenDataContractStandard.model_fields
    names = {field.alias or name for name, field in known.items()}
    value = {key: part for key, part in deepcopy(value).items() if key in names}
    for _ in range(_MOST_ROUNDS):
        try:
            return OpenDataContractStandard.model_validate(value)
        except ValidationError as problem:
            for error in problem.errors():
                path = _instance_path(value, error["loc"])
                if path and not findings.any_at(path):
                    findings.add(NOT_ODCS, path, f"{_dotted(path)}: {error['msg']}.", _SEE_STANDARD)
                _empty(value, path)
    return None


def _empty(value: object, path: Path) -> None:
    """Put nothing in the place of the value at `path`: every part of the model may be absent."""
    for step in path[:-1]:
        value = cast("dict[object, object]", value)[step] if isinstance(value, dict | list) else value
    if path and isinstance(value, dict):
        value[path[-1]] = None
    elif path and isinstance(value, list):
        cast("list[object]", value)[cast("int", path[-1])] = {}


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _check_version(value: Mapping[str, Any], findings: Findings) -> None:
    found = value.get("apiVersion")
    if found not in API_VERSIONS:
        what = "apiVersion is missing." if found is None else f"apiVersion is {found!r}."
        findings.add("api_version", ("apiVersion",), what, f"It must be {' or '.join(API_VERSIONS)}.")


def _check_shape(value: dict[str, Any], findings: Findings) -> None:
    errors = list(_standard_schema().iter_errors(value))
    # A value that fails inside makes its whole object count as "unevaluated" too: told once, where it fails.
    failing = {tuple(error.instance_path) for error in errors if not _unexpected(error)}
    for error in errors:
        path = tuple(error.instance_path)
        for key in _unexpected(error):
            if key not in _known_keys() or not any(other[: len(path)] == path for other in failing):
                what = f"{_dotted((*path, key))} is no key of the standard."
                findings.add(NOT_ODCS, (*path, key), what, "Check its spelling and its place, or remove it.")
        if _unexpected(error) or (not path and any(f'"{key}"' in error.message for key in _READ_ELSEWHERE)):
            continue
        message = error.message
        if len(message) > _LONGEST_MESSAGE or "schemas listed" in message:
            message = "This is not what the standard allows here"
        findings.add(NOT_ODCS, path, f"{_dotted(path)}: {message}.".removeprefix(": "), _SEE_STANDARD)


def _unexpected(error: jsonschema_rs.ValidationError) -> list[str]:
    return list(getattr(error.kind, "unexpected", ()))


@cache
def _standard_schema() -> jsonschema_rs.Validator:
    """The standard's own JSON Schema, which alone knows every key at every depth."""
    return jsonschema_rs.validator_for(_standard())


@cache
def _known_keys() -> frozenset[str]:
    return frozenset(_property_names(_standard()))


def _standard() -> dict[str, Any]:
    text = resources.files("open_data_contract_standard").joinpath("schema.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, Any])


def _property_names(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, part in cast("dict[str, object]", schema).items():
            if key == "properties" and isinstance(part, dict):
                yield from cast("dict[str, object]", part)
            yield from _property_names(cast("object", part))
    elif isinstance(schema, list):
        for part in cast("list[object]", schema):
            yield from _property_names(part)


def _instance_path(value: object, loc: tuple[int | str, ...]) -> Path:
    """A pydantic location without the names of union branches, which are no part of the document."""
    path: list[str | int] = []
    for step in loc:
        if isinstance(value, dict) and step in value:
            value = cast("dict[object, object]", value)[step]
        elif isinstance(value, list) and isinstance(step, int):
            value = cast("list[object]", value)[step]
        else:
            continue
        path.append(step)
    return tuple(path)


def _dotted(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
