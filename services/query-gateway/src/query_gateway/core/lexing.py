"""The caller's SQL in its plainest spelling: the same tokens, one space between them, no comments.

What is parsed here is what Trino parses, so two readers of one text have nothing left to read differently:
no comment, no unusual white space, no letter outside quotes that is not ASCII. sqlglot's own output is not
sent, as it changes meanings (decimal '1.5' becomes a cast to decimal(38, 0), current_timestamp(3) loses its
precision, SELECT INTO becomes CREATE TABLE).

Source: SqlBase.g4 of Trino 476.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from query_gateway.core.refusals import QuestionRefused, malformed

MAX_SQL_CHARS = 100_000
_ENDS = " \t\n\r\f\v;"

_TOKEN = re.compile(
    r"""
      (?P<gap> \s+ | --[^\r\n]*(?:\r?\n)? | /\*.*?\*/ )
    | (?P<text> (?:[Uu]&|[Xx])? '(?:[^']|'')*' )
    | (?P<quoted> "(?:[^"]|"")+" )
    | (?P<number> (?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+)
        | (?: \d[\d_]* (?:\.\d*)? | \.\d+ ) (?:[eE][+-]?\d+)? )
    | (?P<word> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<sign> <> | != | <= | >= | => | -> | \|\| | \{- | -\} | [-+*/%=<>()\[\],.?:{}^$|] )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)


def plain_spelling(sql: str) -> str:
    """The same statement, spelled plainly, without a `;` at its very end. Raises QuestionRefused, with the
    place, for what is no token of Trino's."""
    if len(sql) > MAX_SQL_CHARS:
        raise malformed(
            f"The SQL has {len(sql)} characters, and at most {MAX_SQL_CHARS} are read.", "Ask with less text."
        )
    sql = sql.rstrip(_ENDS)
    tokens: list[str] = []
    at = 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        if match is None or (match["number"] and _runs_on(sql, match.end())):
            raise _no_token(sql, at)
        at = match.end()
        if match["gap"] is None:
            tokens.append(match[0])
    if not tokens:
        raise malformed("The SQL is empty.", "Send one SELECT.")
    return " ".join(tokens)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a token stands in a plain spelling."""

    start: int  # included
    end: int  # not included
    kind: str  # text, quoted, number, word or sign


def spans(plain: str) -> Iterator[Span]:
    """The tokens of a plain spelling."""
    for match in _TOKEN.finditer(plain):
        if match.lastgroup != "gap":
            yield Span(match.start(), match.end(), str(match.lastgroup))


def place(sql: str, at: int) -> str:
    """Where a character stands, as people count."""
    before = sql[:at]
    return f"line {before.count(chr(10)) + 1}, column {at - before.rfind(chr(10))}"


def _runs_on(sql: str, at: int) -> bool:
    """Whether a number goes over into a word: Trino has names that begin with digits, and this has not."""
    return sql[at : at + 1].isalnum() or sql[at : at + 1] == "_"


def _no_token(sql: str, at: int) -> QuestionRefused:
    what = sql[at]
    where = place(sql, at)
    if what == ";":
        return malformed(f"There is more than one statement: a ';' at {where}.", "Send one SELECT.")
    if what in "'\"" or sql.startswith("/*", at):
        kind = {"'": "text", '"': "name"}.get(what, "comment")
        return malformed(f"The {kind} that begins at {where} has no end, or is empty.", "Close it.")
    return malformed(
        f"{what!r} at {where} is not SQL that Trino knows.",
        "Outside of quotes only ASCII letters, digits and signs may stand; put other names in double quotes.",
    )
