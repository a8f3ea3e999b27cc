"""Which port each process of a stack listens on; a second stack takes others."""

import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from tidelake.local.freeports import is_free
from tidelake.runtime.errors import LakeError, Terminal


class InvalidPorts(LakeError, Terminal):
    """`$LAKE_PORTS` can't be understood."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"LAKE_PORTS={text!r} is not a number by which all ports can move: they must stay from {_LOWEST} "
            f"to {_HIGHEST}. Set it to a whole number from {_LOWEST - min(_usual())} to "
            f"{_HIGHEST - max(_usual())}, such as 1000 (Kafka is then at 20092), or remove it."
        )
        self.text = text


_LOWEST, _HIGHEST = 1024, 65_000  # both included; below them a port is the system's


@dataclass(frozen=True, slots=True)
class StackPorts:
    """All on 127.0.0.1. `writer` and `silver` are the first one's, the next follow. `trino` is by TLS."""

    gcs: int = 18080
    kafka: int = 19092
    kafka_controller: int = 19093
    router_http: int = 18100
    router_grpc: int = 18101
    log_router: int = 18102
    writer: int = 18111
    postgres: int = 19432
    metastore: int = 19083
    trino: int = 18443
    connect: int = 18083
    silver: int = 18121
    gateway_http: int = 18130
    gateway_grpc: int = 18131
    monitor_http: int = 18140
    monitor_grpc: int = 18141

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> "StackPorts":
        """The usual ports, all moved by `$LAKE_PORTS` (a number). Raises InvalidPorts."""
        text = environ.get("LAKE_PORTS", "").strip() or "0"
        try:
            moved = cls().moved(int(text))
        except ValueError:
            raise InvalidPorts(text) from None
        if not all(_LOWEST <= getattr(moved, one.name) <= _HIGHEST for one in fields(moved)):
            raise InvalidPorts(text)
        return moved

    @property
    def moved_by(self) -> int:
        """The number that `$LAKE_PORTS` would be, by the first of them."""
        return self.gcs - StackPorts().gcs

    def moved(self, by: int) -> "StackPorts":
        """Every port higher by that much."""
        return replace(self, **{one.name: getattr(self, one.name) + by for one in fields(self)})


def _usual() -> list[int]:
    return [getattr(StackPorts(), one.name) for one in fields(StackPorts)]


def free_offset(writers: int = 2, silvers: int = 1) -> int:
    """A number for `LAKE_PORTS` by which all ports of a stack are free now, for a second stack."""
    # Below the range from which the system gives ports to outgoing connections.
    offsets = list(range(1000, 13_000, 50))
    random.shuffle(offsets)
    for offset in offsets:
        ports = StackPorts().moved(offset)
        numbers = [getattr(ports, one.name) for one in fields(ports)]
        numbers += [ports.writer + nth for nth in range(1, writers)]
        numbers += [ports.silver + nth for nth in range(1, silvers)]
        if all(map(is_free, numbers)):
            return offset
    raise InvalidPorts("none that is free")
