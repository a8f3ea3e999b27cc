"""`lake logs`: what a process of the stack wrote."""

import sys
from typing import Annotated

import typer
from tidelake.cli.here import default_stack
from tidelake.cli.patience import interruptible
from tidelake.local.logfiles import follow, last_lines


def command(
    service: Annotated[str, typer.Argument(help="Its name, as `lake status` shows it.")],
    follow_it: Annotated[bool, typer.Option("-f", "--follow", help="Go on with what it writes.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many of the last lines.")] = 100,
) -> None:
    """Show the log of a process since its last start. Earlier starts: .lake/logs/<name>.log.1 and so on."""
    log = default_stack().log(service)
    for line in last_lines(log, lines):
        sys.stdout.write(line + "\n")
    if follow_it:
        with interruptible() as stop:
            for piece in follow(log, stop.wait):
                sys.stdout.write(piece)
                sys.stdout.flush()
