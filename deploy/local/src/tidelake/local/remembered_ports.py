"""The ports that a stack was last started with, kept in its state folder: no later command has to be told."""

from collections.abc import Mapping

from tidelake.local.home import Home
from tidelake.local.ports import InvalidPorts, StackPorts
from tidelake.local.records import Records
from tidelake.runtime.errors import LakeError, Terminal


class OtherPorts(LakeError, Terminal):
    """`$LAKE_PORTS` names other ports than those on which the stack runs."""

    def __init__(self, started_with: int, asked: int) -> None:
        self.started_with = started_with
        self.asked = asked
        super().__init__(
            f"This stack was started with LAKE_PORTS={started_with}, and LAKE_PORTS={asked} is set now, so "
            "nothing was done. Leave LAKE_PORTS unset: the stack is then found where it runs. To move it, "
            "stop it so with ./lake down, and start it with the new number."
        )


def ports_of(home: Home, environ: Mapping[str, str]) -> StackPorts:
    """Those that `$LAKE_PORTS` names; without it those of the last start, and at first the usual ones.

    Raises InvalidPorts, and OtherPorts while a process of the stack runs on others than `$LAKE_PORTS` names.
    """
    remembered = _remembered(home)
    if not environ.get("LAKE_PORTS", "").strip():
        return remembered or StackPorts()
    asked = StackPorts.from_environ(environ)
    if remembered and remembered != asked and any(record.alive for record in Records(home.run).all()):
        raise OtherPorts(remembered.moved_by, asked.moved_by)
    return asked


def remember(home: Home, ports: StackPorts) -> None:
    """Keeps the ports of a start. Ports that no `$LAKE_PORTS` names are forgotten."""
    if ports == StackPorts().moved(ports.moved_by):
        home.ports.write_text(f"{ports.moved_by}\n", encoding="utf-8")
    else:
        home.ports.unlink(missing_ok=True)


def _remembered(home: Home) -> StackPorts | None:
    try:
        return StackPorts.from_environ({"LAKE_PORTS": home.ports.read_text(encoding="utf-8")})
    except (OSError, UnicodeDecodeError, InvalidPorts):
        return None
