"""Ports for servers under test."""

import random
import socket

_BELOW_OUTGOING = range(10_240, 18_000)


def quiet_port() -> int:
    """A port that nobody listens on, outside the range from which the system gives ports to outgoing
    connections: such a one could be gone by the time a slow process wants to listen on it."""
    while True:
        port = random.choice(_BELOW_OUTGOING)
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
