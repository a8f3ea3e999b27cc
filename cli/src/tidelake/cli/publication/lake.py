"""The parts of a lake that putting a contract into force touches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tidelake.cli.connection import Connection

if TYPE_CHECKING:
    from tidelake.streams.topics import Topics
    from tidelake.tables.bronze_table import BronzeTables
    from tidelake.tables.objects import Objects

    from .door import Serving


@dataclass(frozen=True, slots=True)
class Lake:
    """Ports to one lake."""

    objects: Objects
    topics: Topics
    tables: BronzeTables
    serving: Callable[[str], Serving]  # at an address of the door
    replication: int
    silver_columns: Callable[[str], frozenset[str]] | None = None
    """Names in a table of silver, by its path, or TableMissing. None: the lake has no silver-processor."""
    routing: Callable[[str], Serving] | None = None
    """As `serving`, of the log-router. None: nobody said where it is."""


def open_lake(connection: Connection) -> Lake:
    """The lake that a connection names."""
    from tidelake.tables.delta_bronze import DeltaBronzeTables  # takes half a second

    from .door import ask_door
    from .silver_tables import columns_of

    storage = connection.storage()
    return Lake(
        connection.objects(),
        connection.topics(),
        DeltaBronzeTables(storage),
        lambda address: ask_door(connection.router_url, address),
        connection.replication,
        partial(columns_of, storage) if connection.trino else None,
        partial(ask_door, connection.log_router_url) if connection.log_router_url else None,
    )
