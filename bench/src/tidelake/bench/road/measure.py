"""`lake bench road`: the whole road on a stack of its own, at a given pace."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tidelake.bench.own_stack import own_stack
from tidelake.bench.road.aside import Aside
from tidelake.bench.road.figures import Figures
from tidelake.bench.road.run import Road, run_road
from tidelake.bench.road.schedule import Schedule
from tidelake.bench.road.silver import is_answered
from tidelake.bench.rows import Row, row
from tidelake.bench.waiting import wait_for
from tidelake.client.errors import IngestError
from tidelake.client.ingest import IngestClient
from tidelake.contracts.contract import Contract
from tidelake.contracts.keys import create_key
from tidelake.local.parts import Part
from tidelake.local.stack import Stack
from tidelake.local.watching import Watcher
from tidelake.runtime.shutdown import StopSignal
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.tables.storage import LakeStorage

Publish = Callable[[Stack], Contract]
"""Puts the dataset's contract into force on a stack that runs, and returns it."""
PublishAll = Callable[[Stack], tuple[Contract, Sequence[Aside]]]
"""As Publish, with what is written beside the events."""
OnRun = Callable[[int, Figures], None]

_IN_FORCE = timedelta(seconds=60)


def measure_road(
    publish: PublishAll,
    events: Sequence[bytes],
    schedule: Schedule,
    runs: int,
    *,
    parts: Collection[Part],
    watcher: Watcher,
    stop: StopSignal,
    on_run: OnRun,
) -> list[Row]:
    """One row per measure over all runs, on a stack of those parts. `events` are sent in turn, and again from
    the first when there are no more. `on_run` hears of each run with its number, from 1.

    Raises BenchFailed, BenchInterrupted, and what starting a stack raises; nothing is left running.
    """
    with own_stack(watcher, stop, writers=2, parts=parts) as stack:
        stack.up(watcher, stop)
        contract, asides = publish(stack)
        road = replace(open_road(stack, contract, events, stop), asides=asides)
        figures: list[Figures] = []
        for nth in range(runs):
            figures.append(run_road(road, schedule, nth * schedule.requests * schedule.batch, stop))
            on_run(nth + 1, figures[-1])
        return road_rows(figures)


def road_rows(figures: Sequence[Figures]) -> list[Row]:
    """The rows of all runs' figures, in the order of the first run's."""
    return [row(measure.name, measure.unit, [run[measure] for run in figures]) for measure in figures[0]]


def open_road(stack: Stack, contract: Contract, events: Sequence[bytes], stop: StopSignal) -> Road:
    """A road that takes events and, where it has a gateway, answers. Raises BenchFailed, BenchInterrupted."""
    storage = LakeStorage(stack.lake.lake_root, stack.lake.service_account)
    file = Path(stack.home.root / "events.ndjson")
    file.write_bytes(b"\n".join(events))
    topics = KafkaTopics(stack.lake.kafka_bootstrap_servers, "lake-bench")
    api_key = sender_key(stack, storage, contract, events[0], stop)
    reader_key = _reader_key(stack, storage, contract, stop) if has_gateway(stack) else None
    return Road(stack, storage, contract, topics.topic_id(contract.topic), api_key, file, reader_key)


def sender_key(stack: Stack, storage: LakeStorage, contract: Contract, event: bytes, stop: StopSignal) -> str:
    """An API key that the door knows: it has taken that event by it. Raises BenchFailed, BenchInterrupted."""
    _, api_key = create_key(storage.objects(), min(contract.producers), datetime.now(UTC))
    with IngestClient(stack.router_url, api_key, give_up_after=timedelta(seconds=1)) as client:
        # The door learns of keys and contracts every few seconds.
        wait_for(
            lambda: _takes(client, contract.address, event),
            "door that takes events",
            stop,
            within=_IN_FORCE,
            every=timedelta(seconds=0.5),
        )
    return api_key


def _reader_key(stack: Stack, storage: LakeStorage, contract: Contract, stop: StopSignal) -> str:
    _, key = create_key(storage.objects(), min(contract.readers), datetime.now(UTC))
    wait_for(
        lambda: is_answered(stack.gateway_url, key, contract),
        "answer of the gateway",
        stop,
        within=_IN_FORCE,
        every=timedelta(seconds=0.5),
    )
    return key


def has_gateway(stack: Stack) -> bool:
    """Whether the road goes on to silver and answers."""
    return "query-gateway" in stack.names


def _takes(client: IngestClient, dataset: str, event: bytes) -> bool:
    try:
        return bool(client.publish(dataset, [event]).accepted)
    except IngestError:
        return False
