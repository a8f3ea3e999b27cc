"""Ports that a service listens on: taken before anything else starts, with a sentence when that fails."""

import errno
import socket

from tidelake.runtime.errors import LakeError, Terminal


class PortTaken(LakeError, Terminal):
    """Another process listens there already."""

    def __init__(self, host: str, port: int, setting: str) -> None:
        self.host = host
        self.port = port
        self.setting = setting
        super().__init__(
            f"Port {port} on {host} is already taken by another process, so nothing was started. "
            f"Stop that process or set {setting} to a free port."
        )


class AddressUnusable(LakeError, Terminal):
    """This machine cannot listen on that address."""

    def __init__(self, host: str, port: int, setting: str, reason: str) -> None:
        self.host = host
        self.port = port
        self.setting = setting
        super().__init__(
            f"Cannot listen on {host}:{port}: {reason}. Set {setting} and its host to an address of this "
            "machine and a port that this user may open."
        )


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A listening socket, to be closed by the caller; 0 takes a free port. Raises PortTaken,
    AddressUnusable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port, setting) from error
        raise AddressUnusable(host, port, setting, error.strerror or str(error)) from error
    return listener
