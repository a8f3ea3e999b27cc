"""`lake versions`: what was committed to a table, and when."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import orjson
import typer
from rich.table import Table
from tidelake.cli import output
from tidelake.cli.audit import chosen
from tidelake.cli.connection import connect
from tidelake.cli.json_file import JsonFile


def command(
    table: Annotated[str, typer.Argument(help="As ./lake tables names it, such as silver.flights.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many versions, the newest first.")] = 20,
    json_file: JsonFile = None,
) -> None:
    """Show a table's newest versions: when each was committed, by what operation, and how many rows it added.

    Times are the store's, and may be given to lake query --as-of as they stand.
    """
    connection, console = connect(), output.console()
    from tidelake.cli.looking.names import find_table, tables_of_lake
    from tidelake.cli.looking.versions import versions_of
    from tidelake.tables.delta_creation import open_table

    found = find_table(table, tables_of_lake(one.contract for one in chosen(connection, [])))
    delta = open_table(connection.storage(), found.path)
    versions = versions_of(delta, connection.objects(), found.path, limit)
    shown = Table("version", "committed (UTC)", "operation", "rows added")
    for number in (0, 3):
        shown.columns[number].justify = "right"
    for one in versions:
        at = f"{one.committed_at:%Y-%m-%dT%H:%M:%S.%fZ}" if one.committed_at else "-"  # to be copied
        added = "-" if one.rows_added is None else f"{one.rows_added:,}"
        shown.add_row(str(one.version), at, one.operation, added)
    console.print(shown)
    oldest = versions[-1].version if versions else delta.version() + 1
    if oldest > 0 and len(versions) < limit:
        console.print("Earlier entries of its log are cleaned up.")
    elif oldest > 0:
        console.print(f"Earlier versions: {oldest:,}; --limit shows more of them.")
    console.print(
        f'Next: ./lake query --as-of {found.name}=VERSION "select count(*) from {found.name}"', markup=False
    )
    if json_file:
        json_file.write_bytes(
            orjson.dumps([asdict(one) for one in versions], option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)
        )
