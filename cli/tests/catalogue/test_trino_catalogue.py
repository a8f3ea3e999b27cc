"""Registering, with a Trino of a few words that remembers what it was asked."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from tidelake.cli.catalogue.trino_catalogue import OtherLocation, TrinoCatalogue
from tidelake.local.trino_query import TrinoUnwell

PATHS = ("bronze/flights", "silver/flights", "silver/flights_outcomes", "ops/datasets")
NAMES = {path.replace("/", ".") for path in PATHS}
_SCHEMA = r"""create schema if not exists lake\."(.+)" with \(location = '(.+)'\)"""
_REGISTER = (
    r"call lake\.system\.register_table\(schema_name => '(.+)', table_name => '(.+)', "
    r"table_location => '(.+)'\)"
)
_SHOW = r'show create table lake\."(.+)"\."(.+)"'
_SHOWN = """\
CREATE TABLE lake.silver.flights (
   carrier varchar COMMENT 'At its
   location = ''EWR'''
)
COMMENT 'Flights'
WITH (
   location = '{place}',
   partitioned_by = ARRAY['carrier']
)"""


@dataclass
class FewWords:
    """Trino, as far as the catalogue speaks with it. `before` is called with each statement."""

    schemas: dict[str, str] = field(default_factory=dict[str, str])
    tables: dict[str, str] = field(default_factory=dict[str, str])
    asked: list[str] = field(default_factory=list[str])
    before: Callable[[str], None] = lambda _: None

    def __call__(self, sql: str) -> list[list[str]]:
        self.before(sql)
        self.asked.append(sql)
        if sql == "show schemas from lake":
            return [[name] for name in self.schemas]
        if sql.startswith("select table_schema, table_name from lake.information_schema.tables"):
            wanted = re.findall(r"'(.+?)'", sql)
            return [name.split(".") for name in self.tables if name.split(".")[0] in wanted]
        if found := re.fullmatch(_SHOW, sql):
            return [[_SHOWN.format(place=self.tables[f"{found[1]}.{found[2]}"])]]
        if found := re.fullmatch(_SCHEMA, sql):
            self.schemas.setdefault(found[1], found[2])
        elif found := re.fullmatch(_REGISTER, sql):
            if f"{found[1]}.{found[2]}" in self.tables:
                raise TrinoUnwell("TABLE_ALREADY_EXISTS")
            self.tables[f"{found[1]}.{found[2]}"] = found[3]
        else:
            raise AssertionError(f"it was asked what nobody should ask: {sql}")
        return []


def register(trino: FewWords, root: str = "gs://lake") -> list[str]:
    """What was told."""
    told: list[str] = []
    TrinoCatalogue(trino, lambda path: f"{root}/{path}").register(PATHS, told.append)
    return told


def test_every_table_stands_under_its_name_at_its_place() -> None:
    trino = FewWords()
    told = register(trino)
    assert trino.tables == {path.replace("/", "."): f"gs://lake/{path}" for path in PATHS}
    assert trino.schemas == {name: f"gs://lake/{name}" for name in ("bronze", "silver", "ops")}
    assert told[1] == "registered silver.flights in Trino's catalogue"


def test_what_is_registered_is_left_alone() -> None:
    trino = FewWords()
    register(trino)
    trino.asked.clear()
    assert register(trino) == []
    assert not [sql for sql in trino.asked if sql.startswith("call")]


def test_it_goes_on_where_it_ended() -> None:
    trino = FewWords()

    def dies_at_the_third(sql: str) -> None:
        if "flights_outcomes" in sql:
            raise TrinoUnwell("it does not answer")

    trino.before = dies_at_the_third
    with pytest.raises(TrinoUnwell, match="does not answer"):
        register(trino)
    assert len(trino.tables) == 2
    trino.before = lambda _: None
    assert len(register(trino)) == 2
    assert set(trino.tables) == NAMES


def test_another_who_registers_at_the_same_time_is_no_hindrance() -> None:
    trino = FewWords()

    def other_is_first(sql: str) -> None:
        if sql.startswith("create schema") and "silver" in sql:
            trino.schemas["silver"] = "gs://lake/silver"
            raise TrinoUnwell("SCHEMA_ALREADY_EXISTS")
        if sql.startswith("call") and "'ops'" in sql:
            trino.tables["ops.datasets"] = "gs://lake/ops/datasets"
            raise TrinoUnwell("TABLE_ALREADY_EXISTS")

    trino.before = other_is_first
    assert len(register(trino)) == 3
    assert set(trino.tables) == NAMES


def test_another_who_registers_another_place_at_the_same_time_is_noticed() -> None:
    trino = FewWords()

    def other_is_first(sql: str) -> None:
        if sql.startswith("call") and "'ops'" in sql:
            trino.tables["ops.datasets"] = "gs://elsewhere/ops/datasets"
            raise TrinoUnwell("TABLE_ALREADY_EXISTS")

    trino.before = other_is_first
    with pytest.raises(OtherLocation, match="gs://elsewhere/ops/datasets"):
        register(trino)


def test_a_schema_that_can_not_be_made_is_an_error() -> None:
    def refuse(sql: str) -> None:
        if sql.startswith("create schema"):
            raise TrinoUnwell("PERMISSION_DENIED")

    with pytest.raises(TrinoUnwell, match="PERMISSION_DENIED"):
        register(FewWords(before=refuse))


def test_a_name_that_stands_for_another_place_is_left_and_told_with_the_way_out() -> None:
    trino = FewWords()
    register(trino)
    with pytest.raises(OtherLocation) as caught:
        register(trino, root="gs://other")
    assert caught.value.table == "bronze.flights"
    assert caught.value.found == "gs://lake/bronze/flights"
    assert caught.value.wanted == "gs://other/bronze/flights"
    assert "unregister_table(schema_name => 'bronze', table_name => 'flights')" in str(caught.value)
    assert trino.tables["bronze.flights"] == "gs://lake/bronze/flights"
