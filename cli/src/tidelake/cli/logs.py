"""`lake logs`: what a process of the stack wrote."""

import sys
from typing import Annotated

import typer
from tidelake.cli import output
from tidelake.cli.here import default_stack
from tidelake.cli.patience import interruptible
from tidelake.local.home import Home
from tidelake.local.logfiles import follow, last_lines
from tidelake.runtime.errors import LakeError, Terminal


class NoLog(LakeError, Terminal):
    """The process was never started in that state folder."""

    def __init__(self, name: str, home: Home) -> None:
        self.name = name
        super().__init__(
            f"{name} has no log yet: it was never started here ({home.root}). ./lake up starts what is "
            "missing."
        )


def command(
    service: Annotated[str, typer.Argument(help="Its name, as `lake status` shows it.")],
    follow_it: Annotated[bool, typer.Option("-f", "--follow", help="Keep showing what it writes.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many of the last lines.")] = 100,
) -> None:
    """Show the log of a process since its last start. Earlier starts: .lake/logs/<name>.log.1 and so on."""
    stack = default_stack()
    log = stack.log(service)
    if not log.exists():
        if not follow_it:
            raise NoLog(service, stack.home)
        output.console(stderr=True).print(f"{service} has no log yet; waiting for it.", markup=False)
    for line in last_lines(log, lines):
        sys.stdout.write(line + "\n")
    if follow_it:
        with interruptible() as stop:
            for piece in follow(log, stop.wait):
                sys.stdout.write(piece)
                sys.stdout.flush()
