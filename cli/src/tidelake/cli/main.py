"""`lake`: one command line for the whole project.

A command is a module with a function `command` (typer reads its parameters), or with a `typer.Typer` named
`app` where it has commands of its own. Only the module of the command that was asked for is imported.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import typer
from tidelake.cli import output
from tidelake.local.readiness import StartCancelled
from tidelake.runtime.errors import LakeError

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Command:
    """A command by its name, the module that has it, and what it is for in a line."""

    name: str
    module: str
    summary: str


COMMANDS = (
    Command("demo", "tidelake.cli.demo", "Run the whole road on real flights and check every answer."),
    Command("test", "tidelake.cli.test", "Check the code and run all tests."),
    Command("up", "tidelake.cli.up", "Start the local stack."),
    Command("down", "tidelake.cli.down", "Stop the local stack; --purge removes its data too."),
    Command("status", "tidelake.cli.status", "Show what runs, whether it can serve, and what it costs."),
    Command("logs", "tidelake.cli.logs", "Show what a process wrote; -f follows it."),
    Command("doctor", "tidelake.cli.doctor", "Look for what is wrong on this machine and say what to do."),
    Command("dataset", "tidelake.cli.dataset", "Check contracts and put them into force."),
    Command("keys", "tidelake.cli.keys", "Make, list and revoke API keys."),
    Command("tables", "tidelake.cli.tables", "List the lake's tables and their newest versions."),
    Command("versions", "tidelake.cli.versions", "Show what was committed to a table, and when."),
    Command("query", "tidelake.cli.query", "Ask the lake by SQL, through its gateway."),
    Command("audit", "tidelake.cli.audit", "Count door, Kafka, bronze and silver: do they balance?"),
    Command("quarantine", "tidelake.cli.quarantine", "Show what silver refused, and why."),
    Command("dead-letters", "tidelake.cli.dead_letters", "Show log lines that belong to no dataset."),
    Command("trace", "tidelake.cli.trace", "Show the road of one event."),
    Command(
        "rebuild", "tidelake.cli.rebuild", "Make silver again from bronze and compare; replaces nothing."
    ),
    Command("bench", "tidelake.cli.bench", "Measure the lake beside what you might use instead."),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code. A LakeError is shown as its sentences, without a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    complaints = output.console(stderr=True)
    try:
        lake(given[0] if given else "")(given or ["--help"], prog_name="lake")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else EXIT_FAILED
    except StartCancelled:
        complaints.print("Interrupted: what this command had started is stopped.", style="yellow")
        return EXIT_INTERRUPTED
    except LakeError as error:
        complaints.print(str(error), style="red", markup=False)
        return EXIT_FAILED
    return 0


def lake(wanted: str) -> typer.Typer:
    """The command line, with the command `wanted` whole and of all others the summaries only."""
    app = typer.Typer(
        help="Tidelake, a real-time data lake: ./lake demo shows it, ./lake test proves it.",
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for command in COMMANDS:
        if command.name == wanted:
            _load(app, command)
        elif find_spec(command.module):
            app.command(command.name, help=command.summary)(_unloaded)
    return app


def _load(app: typer.Typer, command: Command) -> None:
    module = import_module(command.module)
    group = getattr(module, "app", None)
    if isinstance(group, typer.Typer):
        app.add_typer(group, name=command.name, help=command.summary, no_args_is_help=True)
    else:
        app.command(command.name)(module.command)


def _unloaded() -> None:
    """Stands in a listing for a command that was not asked for."""
