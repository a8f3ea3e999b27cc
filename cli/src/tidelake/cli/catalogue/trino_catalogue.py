"""Tables of the lake under their names in Trino's catalogue `lake`: name and place, and nothing else.

Trino writes to none of them: a comment of its own would be a commit that the table's owner does not expect.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from tidelake.contracts.names import sql_name
from tidelake.local.trino_conf import CATALOG
from tidelake.local.trino_query import TrinoUnwell
from tidelake.runtime.errors import LakeError, Terminal

# In what SHOW CREATE TABLE says, behind all comments.
_LOCATION = re.compile(r"^ *location = '((?:[^']|'')*)'", re.MULTILINE)


class OtherLocation(LakeError, Terminal):
    """The name stands for a table at another place."""

    def __init__(self, table: str, found: str, wanted: str) -> None:
        self.table = table
        self.found = found
        self.wanted = wanted
        schema, _, name = table.partition(".")
        super().__init__(
            f"{table} is registered in Trino's catalogue as the table at {found}, and this lake has it at "
            f"{wanted}. The contract is published and in force; the name was left as it is, since somebody "
            "may rely on it. If nobody does, take it out of the catalogue (its files stay) with "
            f"CALL {CATALOG}.system.unregister_table(schema_name => '{schema}', table_name => '{name}'), "
            "and run the same again."
        )


class TrinoCatalogue:
    """The catalogue, asked as its admin; `ask` raises TrinoUnwell. `uri` says where a path lies."""

    def __init__(self, ask: Callable[[str], Sequence[Sequence[Any]]], uri: Callable[[str], str]) -> None:
        self._ask = ask
        self._uri = uri

    def register(self, paths: Sequence[str], told: Callable[[str], None]) -> None:
        """Make each path's table known by its name. May be repeated, and called by several at the same time.

        Raises OtherLocation, TrinoUnwell; the tables before are registered then.
        """
        schemas = sorted({path.partition("/")[0] for path in paths})
        for schema in schemas:
            self._ensure_schema(schema)
        known = self._tables(schemas)
        for path in paths:
            name = sql_name(path)
            if name not in known and self._register(path):
                told(f"registered {name} in Trino's catalogue")
                continue
            if (found := self._location(name)) != self._uri(path):
                raise OtherLocation(name, found, self._uri(path))

    def _ensure_schema(self, schema: str) -> None:
        try:
            self._ask(
                f'create schema if not exists {CATALOG}."{schema}" '
                f"with (location = {_text(self._uri(schema))})"
            )
        except TrinoUnwell:
            # Another may have made it at the same time: whether it is there is what counts.
            if [schema] not in self._ask(f"show schemas from {CATALOG}"):
                raise

    def _register(self, path: str) -> bool:
        """False: another did it at the same time."""
        schema, _, table = sql_name(path).partition(".")
        try:
            self._ask(
                f"call {CATALOG}.system.register_table(schema_name => {_text(schema)}, "
                f"table_name => {_text(table)}, table_location => {_text(self._uri(path))})"
            )
        except TrinoUnwell:
            if sql_name(path) not in self._tables([schema]):
                raise
            return False
        return True

    def _tables(self, schemas: Sequence[str]) -> set[str]:
        rows = self._ask(
            f"select table_schema, table_name from {CATALOG}.information_schema.tables "
            f"where table_schema in ({', '.join(map(_text, schemas))})"
        )
        return {f"{schema}.{table}" for schema, table in rows}

    def _location(self, name: str) -> str:
        schema, _, table = name.partition(".")
        [[shown]] = self._ask(f'show create table {CATALOG}."{schema}"."{table}"')
        found = _LOCATION.findall(shown)
        return found[-1].replace("''", "'").rstrip("/") if found else ""


def _text(value: str) -> str:
    """As SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
