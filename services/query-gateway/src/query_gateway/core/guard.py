"""What an application may ask: one query that reads tables of the lake. Everything else is refused.

This is the first of two walls. The second is Trino's own access control under the asker's identity, which
holds whatever this one lets through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.dialects import Trino
from sqlglot.errors import ParseError as SqlglotParseError
from sqlglot.errors import SqlglotError

from query_gateway.core import refusals
from query_gateway.core.lexing import plain_spelling

CATALOG = "lake"
"""The one catalogue of Trino's that is asked."""

_BEGINNINGS = ("select", "with", "values", "(")
# TABLE(function(...)) and the statement TABLE name: outside of quotes it is no name in Trino.
_TABLE_WORD = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\b(?P<word>table)\b""", re.IGNORECASE | re.ASCII)
_NO_QUERY = (
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Copy,
    exp.DDL,
    exp.Command,
    exp.Into,
    exp.Lock,
    exp.FunctionSpecification,
    exp.Set,
    exp.Use,
    exp.Show,
    exp.Describe,
)
_DIALECT = Trino()


@dataclass(frozen=True, slots=True)
class TableReference:
    """One place where the query names a table of the lake."""

    table: str  # schema.table, in small letters
    start: int  # included, in the plain spelling
    end: int  # not included


@dataclass(frozen=True, slots=True)
class Checked:
    """A query that may be asked. `sql` is its plain spelling."""

    sql: str
    references: tuple[TableReference, ...]
    parameters: int  # how many ? it has

    @property
    def tables(self) -> tuple[str, ...]:
        """Each table once, in the order of the text."""
        return tuple(dict.fromkeys(reference.table for reference in self.references))

    def pinned(self, versions: Mapping[str, int]) -> str:
        """The text for Trino: each table by its full name, at its version. Raises KeyError for a table
        without one."""
        sql = self.sql
        for reference in sorted(self.references, key=lambda one: one.start, reverse=True):
            schema, _, table = reference.table.partition(".")
            name = f'"{CATALOG}"."{schema}"."{table}"'
            at = f"{name} FOR VERSION AS OF {versions[reference.table]:d}"
            sql = sql[: reference.start] + at + sql[reference.end :]
        return sql


def check(sql: str) -> Checked:
    """Raises QuestionRefused, with the place where that is known."""
    plain = plain_spelling(sql)
    if not plain.lower().startswith(_BEGINNINGS):
        word = plain.split(" ", 1)[0].upper()
        raise refusals.not_a_query(f"Only queries are answered here, and this is {word[:40]!r}.")
    for match in _TABLE_WORD.finditer(plain):
        if match["word"]:
            raise refusals.not_a_query(
                "TABLE is not taken here: neither table functions nor TABLE in place of a SELECT.",
                "Send one SELECT from tables such as silver.flights.",
            )
    tree = _parsed(plain)
    for node in tree.walk():
        if isinstance(node, _NO_QUERY):
            raise refusals.not_a_query(f"A query may not hold {node.key.upper()}.")
        if isinstance(node, exp.Version | exp.HistoricalData):
            raise refusals.not_a_query(
                "FOR VERSION and FOR TIMESTAMP are not taken in the SQL.",
                "Say by as_of which version or time is meant.",
            )
        if isinstance(node, exp.Identifier) and node.this.startswith("$"):
            raise refusals.not_a_query(
                f"{node.this!r} is one of Trino's hidden columns, which are not shown here."
            )
    ctes = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    found = (_reference(table, ctes) for table in tree.find_all(exp.Table))
    references = tuple(sorted((one for one in found if one), key=lambda one: one.start))
    return Checked(plain, references, sum(1 for _ in tree.find_all(exp.Placeholder)))


def _parsed(plain: str) -> exp.Expr:
    try:
        trees = _DIALECT.parse(plain)
    except SqlglotParseError as error:
        raise refusals.malformed(*_told(error)) from error
    except (SqlglotError, RecursionError) as error:
        what = "It is nested too deeply." if isinstance(error, RecursionError) else str(error)
        raise refusals.malformed(f"The SQL can't be read: {what}", "Mend it and send it again.") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query | exp.Values):
        raise refusals.not_a_query("Only one query is answered here.")
    return trees[0]


def _told(error: SqlglotParseError) -> tuple[str, str]:
    [first, *_] = error.errors or [{}]
    what = str(first.get("description") or error).rstrip(".")
    context, marked = str(first.get("start_context") or ""), str(first.get("highlight") or "")
    near = f" near {(context[-40:] + marked)!r}" if marked else ""
    return (
        f"The SQL can't be read: {what}{near}.",
        "Mend it; names that are also keywords need double quotes.",
    )


def _reference(node: exp.Table, ctes: Iterable[str]) -> TableReference | None:
    """None for the name of a CTE. Raises QuestionRefused."""
    parts = node.parts
    if not all(isinstance(part, exp.Identifier) for part in parts):
        raise refusals.not_a_query("A query reads tables here, and nothing else in their place.")
    names = [part.name.lower() for part in parts]
    written = ".".join(names)
    if len(names) == 1:
        if names[0] in ctes:
            return None
        raise refusals.malformed(
            f"The table {written!r} is named without its schema.", f"Write it as silver.{written}."
        )
    if len(names) > 3 or (len(names) == 3 and names[0] != CATALOG):
        raise refusals.not_a_query(
            f"{written!r} is not in the catalogue {CATALOG}.",
            "Name tables as schema.table, such as silver.flights.",
        )
    spans = [part.meta for part in parts]
    return TableReference(".".join(names[-2:]), int(spans[0]["start"]), int(spans[-1]["end"]) + 1)
