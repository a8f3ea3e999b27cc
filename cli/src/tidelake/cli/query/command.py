"""`lake query`: what is asked, by whom, and what becomes of the answer."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from tidelake.cli import output
from tidelake.cli.connection import GATEWAY, Connection, connect
from tidelake.runtime.errors import LakeError, Terminal

from .formats import Format
from .given import as_of, parameter

EXIT_INTERRUPTED = 130


class NoGateway(LakeError, Terminal):
    """The lake that is named has none."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(
            "The local stack was started without its query layer, so there is no gateway to ask. Start it "
            "whole: ./lake down and ./lake up, without LAKE_PARTS."
            if connection.local
            else "Another lake is named, and not its gateway. Set LAKE_GATEWAY_URL to its address, such as "
            "https://lake.example.com."
        )


class NoKey(LakeError, Terminal):
    """There is no API key to ask with."""

    def __init__(self) -> None:
        super().__init__(
            "Another lake is named, and no API key for it. Set LAKE_API_KEY to one that ./lake keys create "
            "ROLE has made for a role that may read."
        )


class NotWritten(LakeError, Terminal):
    """There is an answer, and no place for it."""

    def __init__(self, place: str, cause: OSError) -> None:
        super().__init__(
            f"The answer could not be written to {place}: {cause.strerror or cause}. Nothing of it is there. "
            "Name another file with --out, and ask again."
        )


class QueryFailed(LakeError, Terminal):
    """No answer, in the gateway's own words."""


def command(
    sql: Annotated[str, typer.Argument(help="One SELECT; tables as schema.table, such as silver.flights.")],
    parameters: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", help="For each ? in its order: a number, true, false, null or a text."),
    ] = None,
    as_of_given: Annotated[
        list[str] | None,
        typer.Option(
            "--as-of",
            help="A time that has passed, with its zone, such as 2026-01-31T10:00:00Z: the versions of then. "
            "Or a version such as silver.flights=1, once for each table.",
        ),
    ] = None,
    max_rows: Annotated[
        int | None, typer.Option(min=1, help="At most so many rows; an answer that is cut says so.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for the whole answer.")] = 60,
    form: Annotated[Format, typer.Option("--format", "-f", help="How the answer is written.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it to this file.")] = None,
) -> None:
    """Ask the lake as any application does: one SELECT, and an answer that says what it is of.

    LAKE_API_KEY says who asks; on the local stack, without it, data-engineering does, who may read all.
    The answer goes to stdout, what there is to say of it to stderr. Ctrl-C ends the query in Trino, too.
    """
    if form is Format.PARQUET and out is None:
        raise typer.BadParameter(
            "Parquet can't be shown as text: name a file by --out FILE", param_hint="--format"
        )
    from tidelake.client import QueryClient, QueryError

    from .formats import write

    wanted = as_of(as_of_given or [])
    values = [parameter(text) for text in parameters or ()]
    connection = connect()
    remarks = output.console(stderr=True)
    with QueryClient(_gateway(connection), _key(connection)) as client:
        try:
            with remarks.status("asking; Ctrl-C ends the query"):
                answer = client.arrow(
                    sql, values, as_of=wanted, max_rows=max_rows, timeout=timedelta(seconds=timeout)
                )
        except QueryError as error:
            raise QueryFailed(str(error)) from error
        except KeyboardInterrupt:
            remarks.print("Interrupted: the query is ended.", style="yellow")
            raise typer.Exit(EXIT_INTERRUPTED) from None
    try:
        write(answer.table, form, out)
    except OSError as error:
        raise NotWritten(str(out or "stdout"), error) from error
    of = ", ".join(f"{table} version {version}" for table, version in answer.versions.items())
    cut = ", cut by the row limit: there are more" if answer.cut else ""
    remarks.print(f"{answer.table.num_rows:,} rows{cut}{f'; {of}' if of else ''}", markup=False)


def _gateway(connection: Connection) -> str:
    """Raises NoGateway, LocalStackStopped."""
    if connection.gateway_url is None:
        raise NoGateway(connection)
    connection.require(GATEWAY)
    return connection.gateway_url


def _key(connection: Connection) -> str:
    if (given := os.environ.get("LAKE_API_KEY")) is not None:
        return given
    if connection.local is None:
        raise NoKey
    from .own_key import engineers_key

    return engineers_key(connection, connection.local)
