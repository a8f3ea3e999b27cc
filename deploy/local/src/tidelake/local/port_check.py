"""Looks before anything is started whether every port is there to be taken."""

from collections.abc import Sequence

from tidelake.local.freeports import holder, is_free
from tidelake.local.program import Port
from tidelake.runtime.errors import LakeError, Terminal


class PortsTaken(LakeError, Terminal):
    """Others listen where the stack must; nothing was started."""

    def __init__(self, taken: Sequence[tuple[Port, str | None]]) -> None:
        lines = [
            f"  port {port.number} ({port.use}) is held by {who or 'a process of another user'}"
            for port, who in taken
        ]
        super().__init__(
            "The stack can't start, because ports that it needs are taken:\n"
            + "\n".join(lines)
            + "\nNothing was started. Stop those processes, or move the stack's ports: LAKE_PORTS=1000 adds "
            "1000 to each. If they are left over from another checkout, run ./lake down there."
        )
        self.taken = taken


def check_ports(ports: Sequence[Port]) -> None:
    """Raises PortsTaken with every port that is not free, and who holds it."""
    taken = [(port, holder(port.number)) for port in ports if not is_free(port.number)]
    if taken:
        raise PortsTaken(taken)
