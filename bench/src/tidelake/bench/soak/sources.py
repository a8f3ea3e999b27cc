"""What a soak writes, and who writes it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from tidelake.bench.soak.plan import Load
from tidelake.bench.writing.changes import ChangeSender
from tidelake.bench.writing.events import EventSender
from tidelake.bench.writing.lines import LineSender
from tidelake.bench.writing.planes import PlaneChanges
from tidelake.bench.writing.write import Sender
from tidelake.contracts.contract import Contract
from tidelake.local.stack import Stack

BATCH = 30  # events a request


@dataclass(frozen=True, slots=True)
class Source:
    """One of the three: its dataset, its sender, and how much that is to write a second."""

    name: str
    contract: Contract
    rate: float
    sender: Sender


@dataclass(frozen=True, slots=True)
class Inputs:
    """Contracts in force, and what is written by them, without end and each with an identity of its own."""

    events: tuple[Contract, Iterator[bytes]]
    lines: tuple[Contract, Iterator[bytes]]
    changes: tuple[Contract, PlaneChanges]
    stream: str  # of the lines
    database: str  # of the planes


def start_sources(
    stack: Stack, inputs: Inputs, load: Load, api_key: str, start_at: float, entered: ExitStack
) -> list[Source]:
    """All three senders, which write until `entered` is left or they are told that it is over."""
    contract, events = inputs.events
    door = EventSender(
        stack.router_url,
        api_key,
        contract.address,
        events,
        rate=load.events,
        batch=BATCH,
        start_at=start_at,
    )
    shipper = LineSender(
        stack.lake.kafka_bootstrap_servers, inputs.stream, inputs.lines[1], rate=load.lines, start_at=start_at
    )
    application = ChangeSender(
        stack.postgres, inputs.database, inputs.changes[1], rate=load.changes, start_at=start_at
    )
    return [
        Source("events", contract, load.events, entered.enter_context(door)),
        Source("lines", inputs.lines[0], load.lines, entered.enter_context(shipper)),
        Source("changes", inputs.changes[0], load.changes, entered.enter_context(application)),
    ]
