"""`silver-rebuild DATASET`: a process that makes one dataset's silver again, compares, and ends.

Its settings are the processor's. It tells by log lines: rebuild_began, rebuild_rows, rebuild_compared.
"""

from __future__ import annotations

import argparse
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from opentelemetry.metrics import NoOpMeter
from tidelake.contracts.contract import Contract
from tidelake.contracts.registry import PublishedContracts
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.ending import end_process
from tidelake.runtime.entry import service_main
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.runtime.shutdown import Deadline, StopSignal
from tidelake.tables.objects import Objects

from silver_processor.core.datasets import datasets_of
from silver_processor.flows.ports import Ports
from silver_processor.flows.rebuild import Nobody, Wait, rebuild
from silver_processor.outbound.metrics import SilverMetrics
from silver_processor.outbound.silver_tables import SilverTable
from silver_processor.outbound.spark import spark_options, spark_session
from silver_processor.settings import SilverProcessorSettings

log = structlog.get_logger()

REBUILDS = "rebuilds/"
_PATIENCE = timedelta(seconds=90)


class NotRebuildable(LakeError, Terminal):
    """The dataset has no silver to compare with."""


class SilverDiffers(LakeError, Terminal):
    """The live tables say something else than bronze does by the contract of now."""


def run(settings: SilverProcessorSettings, address: str, keep: bool) -> None:
    """Raises NotRebuildable, SilverDiffers, RebuildStopped and whatever Spark raises."""
    storage, clock = settings.storage(), SystemClock()
    objects = storage.objects()
    published = PublishedContracts(objects)
    published.refresh()
    contract = _contract(published, address)
    with ExitStack() as stack:
        stop = stack.enter_context(StopSignal())
        options = spark_options(storage, settings.scratch, settings.spark_limits)
        session = stack.enter_context(spark_session(options, settings.spark_start))
        live = partial(SilverTable, session, storage)
        for path in (contract.bronze_path, contract.silver_path, contract.outcomes_path):
            if not live(path).exists():
                raise NotRebuildable(f"{path} is not there yet, so there is nothing to compare with.")
        folder = f"{REBUILDS}{contract.address}/{clock.now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}/"
        if not keep:
            stack.callback(_remove, objects, folder)
        version = live(contract.bronze_path).version()
        bronze: Any = session.read.format("delta").option("versionAsOf", version)
        log.info("rebuild_began", dataset=contract.address, bronze_version=version, folder=folder)
        rebuilt = rebuild(
            contract,
            bronze.load(storage.uri(contract.bronze_path)),
            live,
            lambda path: live(folder + path),
            Ports(Nobody(), clock, SilverMetrics(NoOpMeter("rebuild")), _new_id, _at_once),
            Wait(Deadline(_PATIENCE, clock), stop),
            lambda rows, total: log.info("rebuild_rows", rows=rows, total=total),
        )
        log.info("rebuild_compared", **asdict(rebuilt), contract_version=str(contract.version))
        if rebuilt.differences:
            raise SilverDiffers(
                f"Silver of {contract.address} is not what bronze makes by contract {contract.version}."
            )


def main() -> None:
    """Console script `silver-rebuild`."""
    parser = argparse.ArgumentParser("silver-rebuild")
    parser.add_argument("dataset", help="dataset, or a major version such as flights.v2")
    parser.add_argument("--keep", action="store_true", help="leave the new tables in the lake")
    told = parser.parse_args()
    end_process(
        service_main(SilverProcessorSettings, lambda settings: run(settings, told.dataset, told.keep))
    )


def _contract(published: PublishedContracts, address: str) -> Contract:
    known = {contract.address: contract for contract in datasets_of(published)}
    if address not in known:
        raise NotRebuildable(
            f"Silver has no dataset {address!r}; it has {', '.join(sorted(known)) or 'none'}."
        )
    return known[address]


def _remove(objects: Objects, folder: str) -> None:
    for entry in objects.list(folder):
        objects.delete(entry.path)


def _new_id() -> str:
    return uuid.uuid4().hex


def _at_once(work: Callable[[], None]) -> None:
    work()
