"""Trino's file of access rules, made of what the contracts say. Nothing that no rule allows is allowed.

Source: Trino 476, File-based access control; the first rule that fits is the one that counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tidelake.contracts.contract import RowFilter
from tidelake.contracts.keys import DATA_ENGINEERING

from query_gateway.core.guard import CATALOG
from query_gateway.core.sight import FOR_ENGINEERS, FOR_EVERYBODY, Sight

USER_PREFIX = "app_"
"""Trino's user of a role is this and the role."""
GATEWAY = "gateway"
"""Who the gateway is to Trino: it may become any application, and nothing else."""
ADMIN = "admin"

_APPS = f"{USER_PREFIX}.*"
_NULL = {"mask": "NULL"}


def access_rules(sight: Sight) -> dict[str, Any]:
    """The admin everything, as before any gateway came; applications what they may read; nobody else
    anything."""
    return {
        "catalogs": [
            {"user": ADMIN, "catalog": ".*", "allow": "all"},
            {"user": _APPS, "catalog": CATALOG, "allow": "read-only"},
            {"allow": "none"},
        ],
        "schemas": [{"user": ADMIN, "owner": True}, {"owner": False}],
        "tables": [
            {
                "user": ADMIN,
                "privileges": ["OWNERSHIP", "SELECT", "INSERT", "DELETE", "UPDATE", "GRANT_SELECT"],
            },
            *_tables(sight),
            {"privileges": []},
        ],
        "impersonation": [
            {"original_user": ADMIN, "new_user": ".*"},
            {"original_user": GATEWAY, "new_user": _APPS},
        ],
        "queries": [
            {"user": ADMIN, "allow": ["execute", "view", "kill"]},
            {"user": _APPS, "allow": ["execute"]},
            {"allow": []},
        ],
        "system_information": [{"user": ADMIN, "allow": ["read", "write"]}, {"allow": []}],
        # The gateway alone sets it: what callers send of a session is not passed on.
        "system_session_properties": [
            {"user": ADMIN, "allow": True},
            {"user": _APPS, "property": "query_max_execution_time", "allow": True},
            {"allow": False},
        ],
        "catalog_session_properties": [{"user": ADMIN, "allow": True}, {"allow": False}],
        "procedures": [{"user": ADMIN, "privileges": ["EXECUTE"]}, {"privileges": []}],
        "functions": [{"user": ADMIN, "privileges": ["EXECUTE"]}, {"privileges": []}],
    }


def _tables(sight: Sight) -> Iterable[dict[str, Any]]:
    for table in sight.tables:
        yield _select(_user(DATA_ENGINEERING), table.name)
        masks = [{"name": column, **_NULL} for column in table.masked]
        columns = {"columns": masks} if masks else {}
        for role, rows in sorted(table.row_filters.items()):
            condition = _condition(rows, hides_deleted=table.hides_deleted)
            yield {**_select(_user(role), table.name), **columns, "filter": condition}
        if unlimited := table.readers - table.row_filters.keys():
            filter_ = {"filter": _condition({}, hides_deleted=True)} if table.hides_deleted else {}
            yield {**_select(_user(*sorted(unlimited)), table.name), **columns, **filter_}
    for name in FOR_ENGINEERS:
        yield _select(_user(DATA_ENGINEERING), name)
    for name in FOR_EVERYBODY:
        yield _select(_user(*sorted(sight.roles)), name)


def _condition(rows: RowFilter, *, hides_deleted: bool) -> str:
    """As Trino's SQL says it. A row without a value is nobody's."""
    parts = ["NOT lake_is_deleted"] if hides_deleted else []
    parts += [
        f"{_quoted(name, chr(34))} IN ({', '.join(map(_literal, values))})" for name, values in rows.items()
    ]
    return " AND ".join(parts)


def _literal(value: str | int | bool) -> str:
    if isinstance(value, str):
        return _quoted(value, "'")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(text: str, quote: str) -> str:
    return f"{quote}{text.replace(quote, quote * 2)}{quote}"


def _select(user: str, table: str) -> dict[str, Any]:
    schema, _, name = table.partition(".")
    where = {"catalog": CATALOG, "schema": re.escape(schema), "table": re.escape(name)}
    return {"user": user, **where, "privileges": ["SELECT"]}


def _user(*roles: str) -> str:
    """As Java's regular expressions read it. Roles hold nothing that both languages don't escape alike."""
    return f"{USER_PREFIX}(?:{'|'.join(re.escape(role) for role in roles)})"
