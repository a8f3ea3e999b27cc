"""The workload's tables: the same columns under different composite keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidelake.testkit.changes.columns import GRADE, PROPERTIES, REQUIRED, SQL_TYPES, Key, Row

DATABASE, SCHEMA = "shop", "app"
GRADE_DDL = f"create type {SCHEMA}.grade as enum ({', '.join(repr(one) for one in GRADE)})"


@dataclass(frozen=True, slots=True)
class FollowedTable:
    """A table of the schema `app`, and the dataset of the same name that follows it."""

    name: str
    key: tuple[str, ...]  # columns of the primary key, in its order
    id_fields: tuple[str, ...]  # the same, in the contract's order
    whole_before: bool = False  # replica identity FULL: an update leaves nothing out

    @property
    def sql_name(self) -> str:
        """What statements call it."""
        return f"{SCHEMA}.{self.name}"

    @property
    def ddl(self) -> Sequence[str]:
        """Statements that make it; the enum must be there."""
        columns = ", ".join(f"{name} {type_}" for name, type_ in SQL_TYPES.items())
        made = f"create table {self.sql_name} ({columns}, primary key ({', '.join(self.key)}))"
        identity = f"alter table {self.sql_name} replica identity full"
        return (made, identity) if self.whole_before else (made,)

    @property
    def contract(self) -> str:
        """The dataset's contract."""
        properties = "\n".join(
            f"      - {{name: {name}, {said}{', required: true' if self._requires(name) else ''}}}"
            for name, said in PROPERTIES.items()
        )
        return _CONTRACT.format(
            name=self.name,
            table=f"{DATABASE}.{self.sql_name}",
            properties=properties,
            ids=", ".join(self.id_fields),
        )

    def key_of(self, row: Row) -> Key:
        """The primary key."""
        return tuple(row[name] for name in self.key)

    def _requires(self, name: str) -> bool:
        return name in self.key or name in REQUIRED


_CONTRACT = """
apiVersion: v3.2.0
kind: DataContract
id: {name}
name: {name}
version: 1.0.0
status: active
description: {{purpose: Rows of a test.}}
team: {{name: test-owners}}
roles: [{{role: shop-app, access: write}}]
schema:
  - name: {name}
    logicalType: object
    properties:
{properties}
slaProperties:
  - {{property: freshness, value: 1, unit: s}}
  - {{property: retention, value: 7, unit: d}}
customProperties:
  - {{property: source, value: cdc}}
  - {{property: mode, value: upsert}}
  - {{property: table, value: {table}}}
  - {{property: partitions, value: 2}}
  - {{property: idFields, value: [{ids}]}}
  - {{property: dedupeWindow, value: P7D}}
"""

ORDER_LINES = FollowedTable("order_lines", ("order_id", "line_no"), ("order_id", "line_no"))
VISITS = FollowedTable("visits", ("day", "code", "seen_at"), ("code", "seen_at", "day"), whole_before=True)
