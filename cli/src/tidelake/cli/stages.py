"""The stages of `lake test`, each a command that ends with 0 when all is well."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tidelake.local.parts import QUERY, Part


@dataclass(frozen=True, slots=True)
class Stage:
    """`speaks`: its output is shown as it comes, else only when it fails. `kafka`: it wants a broker."""

    name: str
    command: Sequence[str]
    speaks: bool = False
    kafka: bool = False


def checks() -> list[Stage]:
    """What looks at the code without running it, the quickest first."""
    return [
        Stage("ruff check", _module("ruff", "check", ".")),
        Stage("ruff format", _module("ruff", "format", "--check", ".")),
        Stage("import rules", [str(Path(sys.executable).with_name("lint-imports")), "--no-logo"]),
        Stage("types", _module("pyright")),
    ]


def unit_tests(selection: Sequence[str]) -> Stage:
    """Tests that need no engine. `selection` is paths and pytest's own options."""
    # One process more than cores: some tests wait.
    kind = "not conformance and not system"
    return Stage(
        "unit tests", _module("pytest", "-n", "3", "--dist", "worksteal", "-m", kind, *selection), speaks=True
    )


def engine_tests(selection: Sequence[str], parts: frozenset[Part]) -> Stage:
    """Tests on the real engines of `parts`: each port's suite, and the whole stack."""
    # Tests of one file may go on from one another, or share what took long to start. The road alone waits
    # much (for a session timeout, a broker's start) and has a third file at a time; Spark and Trino need the
    # cores. The whole stack's first.
    kind = "(conformance or system)" + ("" if QUERY in parts else " and not query_layer")
    workers = "2" if QUERY in parts else "3"
    how = ("-n", workers, "--dist", "loadscope", "--no-loadscope-reorder", "--durations", "25", "-m", kind)
    return Stage("engine tests", _module("pytest", *how, *selection), speaks=True, kafka=True)


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", name, *arguments]
