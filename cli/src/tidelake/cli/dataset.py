"""`lake dataset`: contracts checked, put into force, listed; what Kafka lost of their records given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console
from rich.status import Status
from rich.table import Column, Table
from tidelake.cli import output
from tidelake.cli.connection import Connection, connect
from tidelake.cli.here import checkout
from tidelake.cli.json_file import JsonFile
from tidelake.cli.patience import interruptible
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.errors import LakeError
from tidelake.runtime.shutdown import StopSignal

from .lost_offsets.command import give_up_offsets
from .publication.lake import open_lake

# What reads contracts and tables takes a while to import: each function imports what it needs.
if TYPE_CHECKING:
    from tidelake.contracts.bindings import TopicBinding
    from tidelake.contracts.contract import Contract
    from tidelake.tables.objects import Objects

    from .following.following import Following
    from .publication.checking import Checked
    from .publication.drafts import Draft

app = typer.Typer()
app.command("give-up-offsets")(give_up_offsets)

EXIT_INTERRUPTED = 130
_COLUMNS = ("address", "version", "owner", "producers", "topic", "table")
DEFAULT_TIMEOUT = timedelta(seconds=60)

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Such as datasets/flights.odcs.yaml.")]


@app.command("check")
def check_(
    files: Files,
    offline: Annotated[bool, typer.Option("--offline", help="Don't compare with what is published.")] = False,
    json_file: JsonFile = None,
) -> None:
    """Check contracts in themselves and against what is published, and name whom a change would break."""
    objects = None if offline else connect().objects()
    from .publication.effects import effects
    from .publication.readers import find_readers

    console = output.console()
    readers = find_readers(checkout())
    rows: list[dict[str, object]] = []
    for file in files:
        try:
            checked = check_file(file, objects, readers)
        except LakeError as problem:
            console.print(f"[red]✗[/] {file}")
            console.print(f"  {problem}", style="red", markup=False)
            rows.append({"file": str(file), "ok": False, "message": str(problem)})
            continue
        _show_checked(checked, readers, console, compared=objects is not None)
        told = effects(checked.draft.contract)
        rows.append(
            {"file": str(file), "ok": True, "message": "", "notes": list(checked.notes), "effects": told}
        )
    if json_file:
        json_file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


@app.command("apply")
def apply(
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...", help="Contracts.")] = None,
    accept_new_topic: Annotated[
        list[str] | None,
        typer.Option(
            "--accept-new-topic",
            metavar="DATASET",
            help="Fill bronze from a topic that was made anew; what only the old one had is gone.",
        ),
    ] = None,
    timeout_s: Annotated[
        float, typer.Option("--timeout", min=0, help="Seconds to wait for the services.")
    ] = DEFAULT_TIMEOUT.total_seconds(),
) -> None:
    """Put contracts into force: topics, table, published contract. Doing it twice changes nothing.

    All files are checked before anything is changed.
    """
    if not files and not accept_new_topic:
        raise typer.BadParameter(
            "name at least one contract, or --accept-new-topic DATASET", param_hint="FILE"
        )
    connection = connect()
    from .publication.waiting import WaitInterrupted

    console = output.console()
    accept = frozenset(accept_new_topic or ())
    with interruptible() as stop:
        try:
            apply_files(connection, files or [], console, stop, accept, timedelta(seconds=timeout_s))
        except WaitInterrupted as problem:
            console.print(str(problem), style="yellow", markup=False)
            raise typer.Exit(EXIT_INTERRUPTED) from None


@app.command("ls")
def list_(json_file: JsonFile = None) -> None:
    """List what is published: the newest version of each address, topic and table."""
    objects = connect().objects()
    from tidelake.contracts.registry import PublishedContracts

    console = output.console()
    contracts = PublishedContracts(objects)
    contracts.refresh()
    table = Table(*(Column(name, overflow="fold") for name in _COLUMNS))
    rows: list[dict[str, object]] = []
    for found in contracts.tables():
        contract = found.contract
        binding = contracts.binding(*found.table)
        row = {
            "dataset": contract.dataset,
            "address": contract.address,
            "version": str(contract.version),
            "owner": contract.owner,
            "producers": ", ".join(sorted(contract.producers)),
            "topic": contract.topic,
            "table": contract.bronze_path,
            "topic_id": binding.topic_id if binding else "",
        }
        rows.append(dict(row))
        table.add_row(*(row[name] for name in _COLUMNS))
    console.print(table)
    for path, why in contracts.broken().items():
        console.print(f"{path} can't be used: {why}", style="yellow", markup=False)
    if json_file:
        json_file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))


def check_file(file: Path, objects: Objects | None, readers: Mapping[str, Sequence[str]]) -> Checked:
    """Check one file; without `objects` in itself alone. Raises what read_draft and check raise."""
    from .publication.checking import check
    from .publication.drafts import read_draft
    from .publication.published import NOTHING, read_published

    draft = read_draft(file)
    dataset = draft.contract.dataset
    published = NOTHING if objects is None else read_published(objects, dataset)
    return check(draft, published, readers.get(dataset, ()))


def apply_files(
    connection: Connection,
    files: Sequence[Path],
    console: Console,
    stop: StopSignal,
    accept: frozenset[str] = frozenset(),
    timeout: timedelta = DEFAULT_TIMEOUT,
) -> list[Contract]:
    """Put the contracts of these files into force, and wait for the services; the contracts come back.

    For datasets in `accept` without a file, the published contracts are put into force again.
    Then they are entered in the lake's catalogue: ops.datasets and, where the lake has one, Trino.
    Raises, before anything is changed, what read_draft, check, check_topic, open_following and what it opens
    raise. After that each contract has its turn: raises what put_into_force, Following.wait,
    wait_until_in_force and Catalogue.enter raise, or NotAllDone.
    """
    from .catalogue.catalogue import open_catalogue
    from .following.opening import open_following
    from .publication.applying import check_topic, put_into_force
    from .publication.checking import check
    from .publication.drafts import read_draft
    from .publication.published import published_at, published_drafts, read_published
    from .publication.readers import find_readers
    from .publication.several import Several
    from .publication.waiting import WaitInterrupted, wait_until_in_force

    lake = open_lake(connection)
    catalogue = open_catalogue(connection)
    readers = find_readers(checkout())
    drafts: list[Draft] = [read_draft(file) for file in files]
    for dataset in sorted(accept - {draft.contract.dataset for draft in drafts}):
        drafts.extend(published_drafts(lake.objects, dataset))
    ready = [
        check(
            draft,
            read_published(lake.objects, draft.contract.dataset),
            readers.get(draft.contract.dataset, ()),
        )
        for draft in drafts
    ]
    for checked in ready:
        check_topic(lake, checked.draft.contract, checked.draft.contract.dataset in accept)
    followings = [open_following(connection, checked.draft.contract) for checked in ready]
    with console.status("asking the databases that are followed"):
        for following in filter(None, followings):
            following.check()

    def told(what: str) -> None:
        console.print(f"[green]✓[/] {what}")

    def undone(contract: Contract) -> None:
        console.print(f"[red]✗[/] {contract.dataset} {contract.version} is not done")

    several = Several(undone)
    begun: list[tuple[Contract, Following | None, TopicBinding]] = []
    # All are begun before one is waited for: snapshots are taken side by side.
    for checked, following in zip(ready, followings, strict=True):
        contract = checked.draft.contract
        with several.one(contract):
            binding = put_into_force(lake, checked, contract.dataset in accept, told, following)
            begun.append((contract, following, binding))
    for contract, following, binding in begun:
        with several.one(contract):
            with console.status("waiting for the services") as status:

                def waiting(missing: str, status: Status = status) -> None:
                    status.update(f"waiting for {missing}")

                if following is not None:
                    if not following.wait(timeout, SystemClock(), stop.wait, waiting):
                        raise WaitInterrupted(contract)
                    told(f"{contract.dataset} follows {contract.table}: its rows were read, its changes come")
                wait_until_in_force(lake, contract, binding, timeout, SystemClock(), stop.wait, waiting)
            senders = f", senders write to {contract.address}" if contract.comes_by_door else ""
            told(f"{contract.dataset} {contract.version} is in force: table {contract.bronze_path}{senders}")
            with console.status("entering it in the catalogue"):
                catalogue.enter(contract, published_at(lake.objects, contract), told)
            _show_effects(contract, console)
    several.settle()
    return [checked.draft.contract for checked in ready]


def _show_checked(
    checked: Checked, readers: Mapping[str, Sequence[str]], console: Console, *, compared: bool
) -> None:
    from .publication.checking import explain_break

    contract = checked.draft.contract
    if not compared:
        relation = "not compared with what is published"
    elif checked.known:
        relation = "published already, with the same text"
    elif checked.before is None:
        relation = "the first version"
    else:
        relation = (
            f"breaks nobody who relies on {checked.before}" if not checked.breaks else "a new major version"
        )
    console.print(f"[green]✓[/] {checked.draft.origin}: {contract.dataset} {contract.version}, {relation}")
    for found in checked.breaks:
        whom = explain_break(found, readers.get(contract.dataset, ()), sorted(contract.producers))
        console.print(f"  differs: {whom}", markup=False)
    for note in checked.notes:
        console.print(f"  note: {note}", style="yellow", markup=False)
    _show_effects(contract, console)


def _show_effects(contract: Contract, console: Console) -> None:
    from .publication.effects import effects

    for effect in effects(contract):
        console.print(f"  {effect}", markup=False)
