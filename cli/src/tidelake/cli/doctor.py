"""`lake doctor`: what is wrong on this machine, and what to do about it."""

import orjson
import typer
from tidelake.cli import output
from tidelake.cli.here import default_stack
from tidelake.cli.json_file import JsonFile


def command(
    json_file: JsonFile = None,
) -> None:
    """Check Python, Java, clock, memory, disk, downloads, ports, processes; of what runs, followed tables,
    slots, dead letters, alerts. Exit code 1 if one is wrong.
    """
    console = output.console()
    from tidelake.cli.following.findings import check_stack
    from tidelake.local.checkup import check_up  # with all engines: not for help

    stack = default_stack()
    findings = [*check_up(stack), *check_stack(stack)]
    for one in findings:
        console.print("[green]✓[/green]" if one.ok else "[red]✗[/red]", f"{one.check:<10}", end=" ")
        console.print(one.seen, markup=False)
        if one.advice:
            console.print(f"             → {one.advice}", markup=False)
    if json_file:
        rows = [
            {"check": one.check, "ok": one.ok, "seen": one.seen, "advice": one.advice} for one in findings
        ]
        json_file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    if not all(one.ok for one in findings):
        raise typer.Exit(1)
