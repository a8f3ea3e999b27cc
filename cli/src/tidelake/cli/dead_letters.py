"""`lake dead-letters`: log lines that belong to no dataset, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.table import Table
from tidelake.cli import output
from tidelake.cli.connection import connect
from tidelake.cli.json_file import JsonFile
from tidelake.runtime.errors import LakeError, Terminal

if TYPE_CHECKING:
    from tidelake.cli.looking.dead_letters import DeadLetter

app = typer.Typer()

_WHAT_TO_DO = {
    "unknown_stream": "No contract in force has this logStream: correct the shipper's header, or apply one.",
    "no_stream": "The shipper wrote no header `stream`, or an empty one: have it say whose the line is.",
    "unreadable_stream": "The header `stream` is no UTF-8: correct the shipper.",
    "no_line": "The record has no value: correct the shipper.",
    "no_topic": "The topic of one of its datasets is gone: ./lake dataset apply makes it anew.",
    "too_large": "It is larger than the lake's limit: correct the shipper. What is kept here is cut.",
}


class NoSuchLetter(LakeError, Terminal):
    """No dead letter came from that position."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        super().__init__(
            f"No dead letter has the origin {origin!r}. ./lake dead-letters ls names those that there are; "
            "they are kept for 30 days."
        )


@app.command("ls")
def list_(
    reason: Annotated[str | None, typer.Option(help="Only those of this reason.")] = None,
    stream: Annotated[str | None, typer.Option(help="Only those of this stream.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 20,
    json_file: JsonFile = None,
) -> None:
    """List dead letters, the newest first."""
    console = output.console()
    letters = _read()
    chosen = [
        one
        for one in letters
        if (reason is None or one.reason == reason) and (stream is None or one.stream == stream)
    ]
    shown = chosen[:limit]
    table = Table("reason", "stream", "origin", "time", "bytes")
    table.columns[4].justify = "right"
    for one in shown:
        table.add_row(one.reason, one.stream or "", one.origin, _time(one), f"{len(one.value or b''):,}")
    if shown:
        console.print(table)
        console.print(f"{len(shown)} of {len(chosen)} shown. Times are those of their routing, in UTC.")
        for found in dict.fromkeys(one.reason for one in shown):
            if found in _WHAT_TO_DO:
                console.print(f"{found}: {_WHAT_TO_DO[found]}", markup=False)
        console.print(f"Next: ./lake dead-letters show {shown[0].origin}", markup=False)
    else:
        console.print("There is no dead letter" + (" of that kind." if letters else "."))
    if json_file:
        json_file.write_bytes(orjson.dumps([_summary(one) for one in shown], option=orjson.OPT_INDENT_2))


@app.command("show")
def show(
    origin: Annotated[str, typer.Argument(help="Where the line stood in logs.inbound, as ls shows it.")],
    json_file: JsonFile = None,
) -> None:
    """Show one dead letter: its headers and its bytes, as text where they are UTF-8, else as hex."""
    console = output.console()
    found = next((one for one in _read() if one.origin == origin), None)
    if found is None:
        raise NoSuchLetter(origin)
    console.print(f"{found.reason}  {found.origin}  {_time(found)}", markup=False)
    key = None if found.key is None else _readable(found.key)
    console.print(f"  key: {'none' if key is None else key}", markup=False)
    for name, raw in found.headers:
        console.print(f"  header {name}: {'no value' if raw is None else _readable(raw)}", markup=False)
    value = None if found.value is None else _readable(found.value)
    console.print("no value" if value is None else value, markup=False, soft_wrap=True)
    if found.reason in _WHAT_TO_DO:
        console.print(f"\n{_WHAT_TO_DO[found.reason]}", markup=False)
    if json_file:
        headers = [[name, None if raw is None else _readable(raw)] for name, raw in found.headers]
        content = {**_summary(found), "key": key, "headers": headers, "value": value}
        json_file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))


def _read() -> list[DeadLetter]:
    from tidelake.cli.connection import KAFKA
    from tidelake.cli.looking.dead_letters import read_dead_letters

    connection = connect()
    connection.require(KAFKA)
    return read_dead_letters(connection.kafka_bootstrap_servers, connection.topics())


def _summary(letter: DeadLetter) -> Mapping[str, Any]:
    return {
        "reason": letter.reason,
        "stream": letter.stream,
        "origin": letter.origin,
        "timestamp": letter.timestamp_ms and datetime.fromtimestamp(letter.timestamp_ms / 1000, UTC),
        "bytes": len(letter.value or b""),
    }


def _time(letter: DeadLetter) -> str:
    if letter.timestamp_ms is None:
        return "unknown"
    return f"{datetime.fromtimestamp(letter.timestamp_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"


def _readable(raw: bytes) -> str:
    """As text where it is UTF-8 that a terminal shows; else as hex."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return f"hex {raw.hex(' ')}"
    return text if all(char.isprintable() or char in "\n\t" for char in text) else f"hex {raw.hex(' ')}"
