"""Ports for servers under test."""

import fcntl
import random
import socket
import tempfile
from io import FileIO
from pathlib import Path

_BELOW_OUTGOING = range(10_240, 18_000)

_claims: dict[int, FileIO] = {}


def quiet_port() -> int:
    """A port that nobody listens on, outside the range from which the system gives ports to outgoing
    connections: such a one could be gone by the time a slow process wants to listen on it.

    It is this process's until that ends: no second call gets it, in any test process.
    """
    while True:
        port = random.choice(_BELOW_OUTGOING)
        if port not in _claims and _claim(port) and _is_free(port):
            return port


def _claim(port: int) -> bool:
    folder = Path(tempfile.gettempdir()) / "tidelake-test-ports"
    folder.mkdir(exist_ok=True)
    file = FileIO(folder / str(port), "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _claims[port] = file
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
