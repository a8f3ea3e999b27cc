"""The workload's tables in PostgreSQL's words: statements that change a row, and rows read back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from tidelake.testkit.changes.columns import SQL_TYPES, Key, Row
from tidelake.testkit.changes.tables import FollowedTable


def inserted(table: FollowedTable, row: Row) -> str:
    """Adds the row."""
    values = ", ".join(literal(value) for value in row.values())
    return f"insert into {table.sql_name} ({', '.join(row)}) values ({values})"


def deleted(table: FollowedTable, key: Key) -> str:
    """Removes the row of that key."""
    return f"delete from {table.sql_name} where {_has_key(table, key)}"


def updated(table: FollowedTable, before: Row, after: Row) -> str:
    """Sets the columns that differ; one to itself if none does."""
    differing = [name for name in after if after[name] != before[name]]
    sets = [f"{name} = {literal(after[name])}" for name in differing] or ["ok = ok"]
    return f"update {table.sql_name} set {', '.join(sets)} where {_has_key(table, table.key_of(before))}"


def literal(value: Any) -> str:
    """A value as a constant, of which PostgreSQL finds the type by the column."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return literal("{" + ",".join(_item(one) for one in cast("list[Any]", value)) + "}")
    if isinstance(value, bytes):
        value = f"\\x{value.hex()}"
    return "'" + str(value).replace("'", "''") + "'"


def all_rows(table: FollowedTable) -> str:
    """Asks for every row as JSON that keeps each digit; `row_of` reads it."""
    parts = ", ".join(f"'{name}', {_asked(name, type_)}" for name, type_ in SQL_TYPES.items())
    return f"select json_build_object({parts}) from {table.sql_name}"


def row_of(line: str) -> Row:
    """A line of the answer."""
    found: dict[str, Any] = json.loads(line)
    return {name: _read(name, value) for name, value in found.items()}


def keeps_what_is_written(table: FollowedTable) -> Sequence[str]:
    """Statements by which the table itself notes each change that is committed, see `written`."""
    notes, function = f"{table.sql_name}_written", f"{table.sql_name}_note"
    old, new = ([f"{row}.{name}" for name in table.key] for row in ("old", "new"))
    transaction = "pg_current_xact_id()::text::bigint"
    moved = f"(tg_op = 'UPDATE' and ({', '.join(old)}) is distinct from ({', '.join(new)}))"

    def noted(op: str, key: Sequence[str]) -> str:
        return f"insert into {notes} values ({transaction}, '{op}', json_build_array({', '.join(key)}));"

    return (
        f"create table {notes} (tx_id bigint, op text, key json)",
        f"""create function {function}() returns trigger language plpgsql as $$ begin
if tg_op = 'DELETE' or {moved} then {noted("d", old)} end if;
if tg_op = 'INSERT' or {moved} then {noted("c", new)} elsif tg_op = 'UPDATE' then {noted("u", new)} end if;
return null; end $$""",
        f"create trigger note after insert or update or delete on {table.sql_name} "
        f"for each row execute function {function}()",
    )


def all_written(table: FollowedTable) -> str:
    """Asks for every change that was committed since; `written` reads it."""
    return f"select json_build_array(tx_id, op, key) from {table.sql_name}_written"


def written(table: FollowedTable, lines: Sequence[str]) -> Iterator[tuple[int, str, Key]]:
    """Transaction, operation as Debezium calls it, and key of each change."""
    for line in lines:
        tx_id, op, key = json.loads(line)
        yield tx_id, op, tuple(_read(name, value) for name, value in zip(table.key, key, strict=True))


def _has_key(table: FollowedTable, key: Key) -> str:
    return " and ".join(f"{name} = {literal(value)}" for name, value in zip(table.key, key, strict=True))


def _item(value: Any) -> str:
    if value is None:
        return "null"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _asked(name: str, type_: str) -> str:
    if name == "raw":
        return "encode(raw, 'hex')"
    if name == "prices":
        return "prices::text[]"
    return f"{name}::text" if type_.startswith(("numeric", "jsonb")) else name


_READ: Mapping[str, Callable[[Any], Any]] = {
    "price": Decimal,
    "seen_at": datetime.fromisoformat,
    "local_at": lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC),
    "day": date.fromisoformat,
    "prices": lambda items: [one and Decimal(one) for one in items],
    "raw": bytes.fromhex,
    "uid": UUID,
    "ratio": float,
}


def _read(name: str, value: Any) -> Any:
    return value if value is None or name not in _READ else _READ[name](value)
