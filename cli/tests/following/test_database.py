"""What a real PostgreSQL says of a table, held against the contract that follows it."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import pytest
from tidelake.cli.following.database import SourceDatabase
from tidelake.cli.following.facts import SourceFacts, reasons_against
from tidelake.contracts.contract import Contract, SourceTable
from tidelake.local.follower import make_follower
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.postgres import Postgres
from tidelake.local.psql import PostgresLogin, QueryFailed
from tidelake.local.running import running

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer]

_NAMES = (f"planes_{number}" for number in count())
_COLUMNS = """tailnum text primary key, type text not null, manufacturer text, model text, engine text,
year int, engines int, seats int, speed int, changed_at timestamptz,
area int generated always as (seats * 2) stored"""


@dataclass(frozen=True)
class Planes:
    """A table of its own in a database of airports, with publication and slot of the same name."""

    login: PostgresLogin
    database: SourceDatabase
    contract: Contract
    table: SourceTable

    def sql(self, *statements: str) -> list[str]:
        """`{}` is the table."""
        return [row for one in statements for row in self.login.ask("airports", one.format(self.table.name))]

    def look(self) -> SourceFacts:
        return self.database.look(self.table, self.table.name)

    def reasons(self) -> Sequence[str]:
        """Of a table that is followed."""
        found = reasons_against(self.look(), self.contract, self.table, self.table.name, begun=True)
        return [one.seen for one in found]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[PostgresLogin, SourceDatabase]]:
    home = Home(tmp_path_factory.mktemp("postgres"))
    postgres = Postgres(home, free_ports(1)[0])
    with running(postgres, home):
        postgres.login.ask("postgres", "create database airports")
        follower = make_follower(postgres.login, "airports", home.sources)
        yield postgres.login, SourceDatabase(follower, "airports")


@pytest.fixture
def planes(server: tuple[PostgresLogin, SourceDatabase], contract: Contract) -> Generator[Planes]:
    login, database = server
    one = Planes(login, database, contract, SourceTable("airports", "public", next(_NAMES)))
    one.sql(
        f"create table {{}} ({_COLUMNS})",
        "grant select on {} to lake_airports",
        "create publication {0} for table {0}",
        "select pg_create_logical_replication_slot('{}', 'pgoutput')",
    )
    yield one
    one.sql("select pg_drop_replication_slot('{}')")


def test_a_generated_column_that_the_contract_does_not_name_is_in_no_change(planes: Planes) -> None:
    assert planes.reasons() == []
    planes.sql("insert into {} (tailnum, type, seats) values ('N1', 'x', 5)", "update {} set seats = 7")
    read = "pg_logical_slot_get_binary_changes('{0}', null, null, "
    read += "'proto_version', '1', 'publication_names', '{0}')"
    [columns] = planes.sql(f"select encode(data, 'hex') from {read} where get_byte(data, 0) = ascii('R')")
    assert b"seats" in bytes.fromhex(columns)
    assert b"area" not in bytes.fromhex(columns)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("alter table {} rename column year to built", "It has no column year"),
        ("alter table {} drop column year, drop column speed", "It has no column year, speed"),
        (
            "alter table {} alter column year type date using null",
            "(year is date, and the contract says int)",
        ),
        (
            "alter table {} alter column model type text[] using null",
            "(model is text[], and the contract says",
        ),
        (
            "alter table {} drop column speed, add column speed int generated always as (seats) stored",
            "Its column speed is generated",
        ),
        ("alter table {} drop column speed, add column speed int[][]", "speed is an array of more than one"),
        (
            "alter table {0} drop constraint {0}_pkey, add primary key (tailnum, type)",
            "Its primary key is tailnum, type, and idFields are tailnum",
        ),
        (f"drop table {{0}}; create table {{0}} ({_COLUMNS})", "or the table was made anew"),
        ("drop table {}", "There is no table"),
    ],
)
def test_what_befalls_a_table_that_is_followed_is_told(planes: Planes, change: str, reason: str) -> None:
    planes.sql(change, "grant select on {} to lake_airports" if "create" in change else "select 1")
    found = planes.reasons()
    assert any(reason in one for one in found), found


def test_a_domain_is_what_it_is_made_of(planes: Planes) -> None:
    planes.sql("create domain {}_year as int check (value > 0)", "create domain {}_days as date[]")
    planes.sql("alter table {0} alter column year type {0}_year, add column days {0}_days")
    facts = planes.look()
    types = {one.name: one.type for one in facts.columns}
    assert types["year"] == types["seats"]
    assert (types["days"].category, types["days"].item and types["days"].item.name) == ("A", "date")


def test_a_table_whose_own_writers_would_be_refused_is_told(planes: Planes) -> None:
    planes.sql("insert into {} (tailnum, type) values ('N1', 'x')", "alter table {} replica identity full")
    with pytest.raises(QueryFailed, match="must not contain unpublished generated columns"):
        planes.sql("update {} set seats = 7")
    facts = planes.look()
    assert facts.unchangeable
    planes.sql("alter table {} drop column area", "update {} set seats = 7")
    assert planes.look() == replace(facts, unchangeable=False, columns=facts.columns[:-1])
