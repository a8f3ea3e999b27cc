"""A YAML document whose every value knows the line it stands on."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import yaml

Path = tuple[str | int, ...]

_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null", "merge")
)


_SURROGATE = re.compile("[\ud800-\udfff]")
MAX_NODES = 50_000
MAX_DEPTH = 64


class _PlainLoader(yaml.SafeLoader):
    """Reads YAML with dates as text, as JSON Schema and the standard's models want them.

    A few lines never cost more than they say: nothing is nested without end, and an alias, which stands for
    any number of copies (of copies) of what it names, has to be written out.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Called by the composer for each node, as soon as it is read."""
        event = cast("yaml.Event", cast("Any", self).peek_event())
        self._nodes += 1
        if isinstance(event, yaml.AliasEvent):
            raise _refused(event, f"the alias *{event.anchor} stands for something else: write it out")
        if self._nodes > MAX_NODES:
            raise _refused(event, f"it has more than {MAX_NODES} values")
        if self._depth == MAX_DEPTH:
            raise _refused(event, "it is nested too deeply")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _refused(event: yaml.Event, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=cast("Any", event).start_mark)


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in cast(
        "dict[str, list[tuple[str, Any]]]", yaml.SafeLoader.yaml_implicit_resolvers
    ).items()
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the document that is wrong as YAML already."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document's value, and where each part of it stands."""

    value: Any
    lines: dict[Path, int]
    repeated_keys: tuple[Spot, ...]
    unusable: tuple[Spot, ...]  # keys and values that are no text, tags beyond plain data

    def line(self, path: Sequence[str | int]) -> int:
        """Line of the value at `path`, or of its nearest ancestor that is there. The first line is 1."""
        steps = tuple(path)
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps, 1)


class BrokenYaml(Exception):
    """The text is no YAML document."""

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(f"line {line}: {reason}")


def read_document(text: str) -> Document:
    """Read one YAML document. Raises BrokenYaml."""
    try:
        loader = _PlainLoader(text)
        node = loader.get_single_node()
        walk = _Walk()
        if node is not None:
            walk.visit(node, ())
        if walk.unusable:
            return Document(None, walk.lines, tuple(walk.repeated), tuple(walk.unusable))
        value = None if node is None else cast("Any", loader).construct_document(node)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        raise BrokenYaml(mark.line + 1 if mark else 1, problem.problem or str(problem)) from problem
    except yaml.reader.ReaderError as problem:
        raise BrokenYaml(1, f"it holds a character that YAML does not allow ({problem.reason})") from problem
    except RecursionError as problem:
        raise BrokenYaml(1, "it is nested too deeply") from problem
    except ValueError as problem:  # a number too long for Python, or a date that does not exist
        raise BrokenYaml(1, str(problem)) from problem
    return Document(value, walk.lines, tuple(walk.repeated), tuple(walk.unusable))


class _Walk:
    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.repeated: list[Spot] = []
        self.unusable: list[Spot] = []

    def visit(self, node: yaml.Node, path: Path) -> None:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if node.tag not in _PLAIN_TAGS:
            self.unusable.append(Spot(line, f"the tag {node.tag}"))
        if isinstance(node, yaml.ScalarNode):
            self._visit_text(cast("str", node.value), line)
        elif isinstance(node, yaml.MappingNode):
            self._visit_mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(cast("list[yaml.Node]", node.value)):
                self.visit(item, (*path, index))

    def _visit_text(self, text: str, line: int) -> None:
        if _SURROGATE.search(text):
            self.unusable.append(Spot(line, "half of a surrogate pair"))

    def _visit_mapping(self, node: yaml.MappingNode, path: Path) -> None:
        seen: set[Hashable] = set()
        for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            line = key.start_mark.line + 1
            if key.tag == "tag:yaml.org,2002:merge":
                self.visit(value, path)
                continue
            if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                written = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping"
                self.unusable.append(Spot(line, f"the key {written!r}, which YAML does not read as text"))
                continue
            name = cast("str", key.value)
            self._visit_text(name, line)
            if name in seen:
                self.repeated.append(Spot(line, name))
            seen.add(name)
            self.lines[(*path, name)] = line
            self.visit(value, (*path, name))
