"""What a contract must say for its source: the table it follows, or the stream and pattern of its lines."""

from __future__ import annotations

from collections.abc import Sequence

import jsonschema_rs
from tidelake.contracts.contract import Field, LogRoute
from tidelake.contracts.line_patterns import LinePattern, line_pattern
from tidelake.contracts.parsing.findings import Findings
from tidelake.contracts.parsing.terms import TABLE_SPELLING, Properties
from tidelake.contracts.patterns import NotPortable
from tidelake.contracts.types import Array, Struct

_OF_SOURCE = {"cdc": ("table",), "log": ("logStream", "logPattern"), "api": ()}
_MODE = {"cdc": "upsert", "log": "append"}
_INSTEAD = {
    "table": TABLE_SPELLING,
    "logStream": "Write what shippers put into the header stream.",
    "logPattern": "Write a regular expression, such as (?<at>[^ ]+) (?<message>.*).",
}


def read_source(properties: Properties, fields: Sequence[Field], findings: Findings) -> LogRoute | None:
    """The route of a log dataset; what the source lacks, or has beyond its own, goes to `findings`."""
    source, path = properties.source, properties.paths.get("source", ("customProperties",))
    if (mode := _MODE.get(source, properties.mode)) != properties.mode:
        what = f"The mode is {properties.mode}, and records of source {source} make an {mode} dataset."
        findings.add("mode", properties.paths.get("mode", path), what, f"Write mode: {mode}.")
    own = _OF_SOURCE[source]
    for name, instead in _INSTEAD.items():
        if name in own and name not in properties.paths:
            what = f"There is no customProperty {name!r}, and source {source} needs it."
            findings.add("missing_custom_property", path, what, instead)
        elif name in properties.paths and name not in own:
            what = f"The customProperty {name!r} means nothing for source {source}."
            findings.add("custom_property", properties.paths[name], what, "Remove it.")
    if source != "log" or properties.log_stream is None or properties.log_pattern is None:
        return None
    pattern = _pattern(properties, properties.log_pattern, fields, findings)
    return pattern and LogRoute(properties.log_stream, pattern)


def _pattern(
    properties: Properties, written: str, fields: Sequence[Field], findings: Findings
) -> LinePattern | None:
    path = properties.paths["logPattern"]
    try:
        pattern = line_pattern(written)
        jsonschema_rs.validator_for({"pattern": written})
    except NotPortable as problem:
        what = f"The logPattern has a part that can't be read alike everywhere: {problem.part!r}."
        instead = "Use characters, [sets], groups (...) and (?<field>...), repeats and \\d \\w \\s . ^ $."
        findings.add("pattern", path, what, instead)
        return None
    except ValueError:
        findings.add("pattern", path, "The logPattern is no regular expression.", "Mend it.")
        return None
    known = {field.name: field for field in fields}
    for name in pattern.groups:
        if name not in known:
            what = f"The group {name!r} of the logPattern is no field of the schema."
            findings.add("log_group", path, what, "Call each group as a field is called.")
        elif isinstance(known[name].type, Struct | Array):
            what = f"The group {name!r} of the logPattern is a field of type {known[name].type.sql}."
            findings.add(
                "log_group", path, what, "Part of a line is text, a number, a truth value or a time."
            )
    for field in fields:
        if field.required and field.name not in pattern.groups:
            what = f"No group of the logPattern is called {field.name!r}, and that field is required."
            findings.add("log_group", path, what, f"Add (?<{field.name}>...), or set required: false.")
    return pattern
