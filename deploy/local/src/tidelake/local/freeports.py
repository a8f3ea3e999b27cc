"""Free ports, for second stacks, tests and start-up training; and who holds one that is not free."""

import contextlib
import socket

import psutil

_LONGEST_COMMAND = 60


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now; all different. Another process may be quicker."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of 127.0.0.1 now."""
    with socket.socket() as trial:
        # As servers do: what lingers of earlier connections is no hindrance, a listener is.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def holder(port: int) -> str | None:
    """Pid and command, in short, of the process that listens on `port`; None where this user may not know."""
    with contextlib.suppress(psutil.Error, PermissionError):
        for connection in psutil.net_connections(kind="tcp"):
            local = connection.laddr
            if connection.status == psutil.CONN_LISTEN and local and local.port == port and connection.pid:
                return f"process {connection.pid} ({_in_short(psutil.Process(connection.pid).cmdline())})"
    return None


def _in_short(command: list[str]) -> str:
    """A command line in a few words: a program given as an argument has lines of its own."""
    words = " ".join(" ".join(command).split())
    return words if len(words) <= _LONGEST_COMMAND else f"{words[:_LONGEST_COMMAND].rstrip()} ..."
