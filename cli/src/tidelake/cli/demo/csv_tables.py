"""The CSV files beside the flights' as tables of DuckDB: what the lake's answers are compared with."""

import duckdb

from .distribution import distribution_file
from .source_changes import make_changes
from .source_tables import TABLES
from .weather_lines import weather_csv


def make_csv_tables(connection: duckdb.DuckDBPyConnection, *, changed: bool) -> None:
    """Tables airlines, airports and planes, as the files are or, if `changed`, as the demo's changes leave
    them; and a view weather, whose times are text, as those of the flights' file."""
    for table in TABLES:
        connection.execute(f"create table {table.name} ({table.columns})")
        path = distribution_file(f"{table.name}.csv")
        connection.execute(f"copy {table.name} from '{path}' (format csv, header true, nullstr 'NA')")
    if changed:
        make_changes(connection)
    weather = f"read_csv('{weather_csv()}', nullstr = 'NA', types = {{'time_hour': 'VARCHAR'}})"
    connection.sql(f"create view weather as select * from {weather}")
