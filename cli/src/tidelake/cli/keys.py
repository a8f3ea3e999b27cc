"""`lake keys`: who may send and ask."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table
from tidelake.cli import output
from tidelake.cli.connection import GATEWAY, ROUTER, Connection, connect
from tidelake.cli.json_file import JsonFile
from tidelake.cli.patience import interruptible
from tidelake.contracts.keys import DATA_ENGINEERING, create_key, list_keys, revoke_key
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.tables.objects import Objects

app = typer.Typer()


class UnknownRole(LakeError, Terminal):
    """No published contract has that role."""

    def __init__(self, role: str, known: list[str]) -> None:
        self.role = role
        super().__init__(
            f"No published contract has the role {role!r}, so its key would open nothing; no key was made. "
            f"Roles are: {', '.join(known)}. Add it under roles: with access: write (to send) or read (to "
            "ask) to a contract and apply it, or make the key all the same with --anyway."
        )


class UnknownKey(LakeError, Terminal):
    """There is no such key."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        super().__init__(f"There is no key {key_id!r}; nothing was revoked. See ./lake keys ls.")


@app.command("create")
def create(
    role: Annotated[
        str,
        typer.Argument(help=f"A role of a contract, or {DATA_ENGINEERING}, which may read everything."),
    ],
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Make the key although no contract has that role yet.")
    ] = False,
) -> None:
    """Make an API key for a role and print it. It can't be printed a second time."""
    connection = connect()
    objects = connection.objects()
    if not anyway:
        known = roles(objects)
        if role not in known:
            raise UnknownRole(role, known)
    key, token = create_key(objects, role, datetime.now(UTC))
    # The key alone goes to stdout, so that a script can take it.
    remarks = output.console(stderr=True)
    remarks.print(
        f"Key {key.id} for role {role}. Keep it now: the lake keeps only its hash.\n"
        "Send it as 'Authorization: Bearer KEY'.",
        markup=False,
    )
    typer.echo(token)
    sys.stdout.flush()  # before the waiting, which may be interrupted
    remarks.print(_await_services(connection, token, remarks))


@app.command("ls")
def list_(
    json_file: JsonFile = None,
) -> None:
    """List the keys by role. Secrets are kept nowhere."""
    console = output.console()
    keys, broken = list_keys(connect().objects())
    table = Table("id", "role", "made")
    for key in keys:
        table.add_row(key.id, key.producer, f"{key.created_at:%Y-%m-%d %H:%M:%S} UTC")
    console.print(table)
    for path, why in broken.items():
        console.print(f"{path} can't be read and opens nothing: {why}", style="yellow", markup=False)
    if json_file:
        rows = [{"id": key.id, "role": key.producer, "created_at": key.created_at} for key in keys]
        json_file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))


@app.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(metavar="ID", help="As ./lake keys ls shows it.")]) -> None:
    """Make a key worthless. Door and gateway follow within a few seconds."""
    if not revoke_key(connect().objects(), key_id):
        raise UnknownKey(key_id)
    output.console().print(f"Key {key_id} is revoked.", markup=False)


def _await_services(connection: Connection, token: str, remarks: Console) -> str:
    """Wait for the local door and gateway, if they run, to know the key; what there is to say of it."""
    from tidelake.cli.known_keys import door_knows, gateway_knows, wait_until_known

    asked: dict[str, Callable[[], bool]] = {}
    if connection.runs(ROUTER):
        asked["The door"] = lambda: door_knows(connection.router_url, token)
    if (url := connection.gateway_url) is not None and connection.runs(GATEWAY):
        asked["The gateway"] = lambda: gateway_knows(url, token)
    if not asked:
        return "Door and gateway know it within a few seconds."
    told: list[str] = []
    with interruptible() as stop, remarks.status("waiting until it is known"):
        for service, knows in asked.items():
            known = wait_until_known(knows, SystemClock(), stop.wait)
            told.append(
                f"[green]✓[/] {service} knows it."
                if known
                else f"[yellow]{service} does not know it yet: it reads new keys every few seconds.[/]"
            )
    return "\n".join(told)


def roles(objects: Objects) -> list[str]:
    """Everybody who may send to or read some published dataset, by its newest versions."""
    from tidelake.contracts.registry import PublishedContracts  # takes a while: not for help

    contracts = PublishedContracts(objects)
    contracts.refresh()
    named = [found.contract.producers | found.contract.readers for found in contracts.tables()]
    return sorted(frozenset({DATA_ENGINEERING}).union(*named))
