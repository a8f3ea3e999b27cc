"""What an application may ask: one query that reads tables of the lake. Everything else is refused.

This is the first of two walls. The second is Trino's own access control under the asker's identity, which
holds whatever this one lets through.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.dialects import Trino
from sqlglot.errors import ParseError as SqlglotParseError
from sqlglot.errors import SqlglotError
from sqlglot.parsers.trino import TrinoParser
from sqlglot.tokenizer_core import Token, TokenType

from query_gateway.core import refusals
from query_gateway.core.lexing import Span, plain_spelling, spans
from query_gateway.core.refusals import QuestionRefused

CATALOG = "lake"
"""The one catalogue of Trino's that is asked."""

_BEGINNINGS = ("select", "with", "values", "(")
_SHOWING = ("SHOW", "DESCRIBE", "DESC")
_INSTEAD_OF_SHOW = (
    "Ask which tables there are by 'select dataset, bronze, silver, outcomes from ops.datasets', and which "
    "columns one has by 'select * from silver.flights limit 0'."
)
# Outside of quotes, where Trino takes these words for names or sqlglot takes them for something else:
# TABLE(function(...)) and the statement TABLE name; BEGIN, behind which sqlglot reads commands; LIMIT, OFFSET
# and FETCH as aliases. In quotes, hidden columns such as "$path", which sqlglot takes for units in places.
_MISLEADING = re.compile(
    r"""'(?:[^']|'')*' | (?P<hidden>"\$) | "(?:[^"]|"")*"
    | \b(?P<word>table|begin)\b
    | \b(?P<limit>limit|offset)\b(?!\ (?:\d|\?|all\b)) | \b(?P<fetch>fetch)\b(?!\ (?:first|next)\b)""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
_NAME = re.compile(r"""(?:\w+|"(?:[^"]|"")+")(?: \. (?:\w+|"(?:[^"]|"")+"))*""", re.ASCII)
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
_TEXTS = frozenset(
    {TokenType.STRING, TokenType.UNICODE_STRING, TokenType.HEX_STRING, TokenType.NATIONAL_STRING}
)
# Its steps from token to token. Ordinary queries take one to two a token; but where a type may stand, sqlglot
# tries it and goes back, and each level of array[row(array[... doubles what is inside.
_STEPS, _STEPS_A_TOKEN = 5_000, 5


class _TooManySteps(Exception):
    """The parser goes back and forth."""


class _Parser(TrinoParser):
    """Gives up where it would take far longer than the text is long."""

    steps_left = 0

    def _advance(self, times: int = 1) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise _TooManySteps
        super()._advance(times)


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
            # In parentheses, so that nothing that follows can be meant for the version.
            at = f"({name} FOR VERSION AS OF {versions[reference.table]:d})"
            sql = sql[: reference.start] + at + sql[reference.end :]
        return sql


def check(sql: str) -> Checked:
    """Raises QuestionRefused, with the place where that is known."""
    plain = plain_spelling(sql)
    if not plain.lower().startswith(_BEGINNINGS):
        word = plain.split(" ", 1)[0].upper()
        instead = _INSTEAD_OF_SHOW if word in _SHOWING else "Send one SELECT."
        raise refusals.not_a_query(f"Only queries are answered here, and this is {word[:40]!r}.", instead)
    _refuse_misleading(plain)
    tokens = tuple(spans(plain))
    tree = _parsed(plain, tokens)
    for node in tree.walk():
        if isinstance(node, _NO_QUERY):
            raise refusals.not_a_query(f"A query may not hold {node.key.upper()}.")
        if isinstance(node, exp.Version | exp.HistoricalData):
            raise refusals.not_a_query(
                "FOR VERSION and FOR TIMESTAMP are not taken in the SQL.",
                "Name the version or time by as_of instead.",
            )
    ctes = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    found = (_reference(table, ctes, plain) for table in tree.find_all(exp.Table))
    references = tuple(sorted((one for one in found if one), key=lambda one: one.start))
    parameters = sum(1 for _ in tree.find_all(exp.Placeholder))
    written = Counter(plain[span.start : span.end].lower() for span in tokens)
    if written["select"] > sum(1 for _ in tree.find_all(exp.Select)) or written["?"] != parameters:
        # Arguments that a function can't have are left out of the tree, with the tables in them.
        raise _read_differently("a function has more arguments than it takes")
    return Checked(plain, references, parameters)


def _refuse_misleading(plain: str) -> None:
    for match in _MISLEADING.finditer(plain):
        if match["hidden"]:
            raise refusals.not_a_query(
                "Names that begin with $, as Trino's hidden columns do, are not taken here."
            )
        if word := match["word"] or match["limit"] or match["fetch"]:
            raise refusals.not_a_query(
                f"{word.upper()} can't be used here like that: no table functions, no TABLE in place of a "
                "SELECT, and no LIMIT, OFFSET, FETCH or BEGIN as names.",
                "Send one SELECT from tables such as silver.flights; put names that are keywords in quotes.",
            )


def _parsed(plain: str, ours: Iterable[Span]) -> exp.Expr:
    try:
        tokens = _DIALECT.tokenize(plain)
        _refuse_other_tokens(plain, ours, tokens)
        parser = _Parser(dialect=_DIALECT)
        parser.steps_left = _STEPS + _STEPS_A_TOKEN * len(tokens)
        trees = parser.parse(tokens, plain)
    except SqlglotParseError as error:
        raise refusals.malformed(*_told(error)) from error
    except QuestionRefused:
        raise
    except (RecursionError, _TooManySteps) as error:
        raise refusals.malformed(
            "The SQL can't be read: It is nested too deeply.", "Write it with fewer levels of nesting."
        ) from error
    except Exception as error:  # sqlglot raises anything at what nobody has written before
        what = str(error) if isinstance(error, SqlglotError) else type(error).__name__
        raise refusals.malformed(f"The SQL can't be read: {what}", "Mend it and send it again.") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query | exp.Values):
        raise refusals.not_a_query("Only one query is answered here.")
    return trees[0]


def _refuse_other_tokens(plain: str, ours: Iterable[Span], theirs: Iterable[Token]) -> None:
    """Two readers that see one text must see the same tokens; sqlglot may see one in several words."""
    spans_at = {at: span for span in ours for at in _beginnings(span)}
    for token in theirs:
        text, first = plain[token.start : token.end + 1], spans_at.get(token.start)
        last = spans_at.get(token.end + 1 - len(text.rsplit(" ", 1)[-1]))
        is_whole = first is not None and (
            token.end < first.end if first.kind == "number" else token.end + 1 == first.end
        )
        is_words = last is not None and last.kind == "word" and text.replace(" ", "").isalpha()
        may_be_text = first is not None and first.kind in ("text", "number")  # 0x1F is a text to sqlglot
        if not (is_whole or is_words) or (token.token_type in _TEXTS and not may_be_text):
            raise _read_differently(repr(text[:40]))


def _beginnings(span: Span) -> Iterable[int]:
    """Where a token may begin for sqlglot, which takes a number such as .5 for two."""
    return range(span.start, span.end) if span.kind == "number" else (span.start,)


def _read_differently(what: str) -> QuestionRefused:
    return refusals.malformed(
        f"The SQL can't be read with certainty: {what}.",
        "Write it in another way; names can be put in double quotes.",
    )


def _told(error: SqlglotParseError) -> tuple[str, str]:
    [first, *_] = error.errors or [{}]
    what = str(first.get("description") or error).rstrip(".")
    context, marked = str(first.get("start_context") or ""), str(first.get("highlight") or "")
    near = f" near {(context[-40:] + marked)!r}" if marked else ""
    return (
        f"The SQL can't be read: {what}{near}.",
        "Mend it; names that are also keywords need double quotes.",
    )


def _reference(node: exp.Table, ctes: Iterable[str], plain: str) -> TableReference | None:
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
    start, end = int(parts[0].meta["start"]), int(parts[-1].meta["end"]) + 1
    if not _NAME.fullmatch(plain[start:end]):
        raise _read_differently(f"the name {plain[start:end][:80]!r}")
    return TableReference(".".join(names[-2:]), start, end)
