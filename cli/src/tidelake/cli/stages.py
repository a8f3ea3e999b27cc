"""The stages of `lake test`, each a command that ends with 0 when all is well."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


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
    """Tests that need no engine, two at a time. `selection` is paths and pytest's own options."""
    kind = "not conformance and not system"
    return Stage("unit tests", _module("pytest", "-n", "2", "-m", kind, *selection), speaks=True)


def engine_tests(selection: Sequence[str]) -> list[Stage]:
    """Tests on real engines: each port's suite, then the whole stack."""
    # Tests of one file may go on from one another, or share what took long to start. Three files of system
    # tests at a time, because most of their time is waiting: for a session timeout, a broker's start.
    by_file = ("--dist", "loadscope")
    conformance = _module("pytest", "-n", "2", *by_file, "-m", "conformance and not system", *selection)
    system = _module("pytest", "-n", "3", *by_file, "-m", "system", *selection)
    return [
        Stage("conformance tests", conformance, speaks=True, kafka=True),
        Stage("system tests", system, speaks=True, kafka=True),
    ]


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", name, *arguments]
