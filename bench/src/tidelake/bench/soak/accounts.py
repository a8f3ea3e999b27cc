"""The account of one source at the end: the way of each write, and what of it is missing."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tidelake.bench.commits import CommitLog
from tidelake.bench.road.silver import SilverLog
from tidelake.bench.soak.checking import (
    events_not_in_silver,
    kept,
    planes_not_as_in_source,
    source_planes,
)
from tidelake.bench.soak.report import Kept
from tidelake.bench.soak.sources import Source
from tidelake.bench.waiting import pause
from tidelake.bench.writing.landed import Landed, bronze_rows, land
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.storage import LakeStorage

_PATIENCE_S = 60.0  # what is lost does not come later; what is late may
_AGAIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Account:
    """Of one source. `landed`: each identity once, by its first acknowledgement."""

    source: Source
    landed: Sequence[Landed]
    kept: Kept


def account(
    source: Source, storage: LakeStorage, source_rows: Callable[[], Sequence[str]], stop: StopSignal
) -> Account:
    """Read from the tables; `source_rows` answers PLANES_NOW. What is missing gets a minute to come.

    Raises BenchInterrupted, what `source_rows` raises, and what reading tables raises.
    """
    contract = source.contract
    writes = list({one.identity: one for one in reversed(source.sender.writes)}.values())
    identities = [one.identity for one in writes]
    objects = storage.objects()
    bronze, silver = CommitLog(objects, contract.bronze_path), SilverLog(objects, contract)
    end = time.monotonic() + _PATIENCE_S
    while True:
        bronze.refresh()
        silver.refresh()
        landed, lost = land(writes, bronze_rows(storage, contract), bronze, silver)
        if contract.source == "cdc":
            missing = planes_not_as_in_source(storage, contract, source_planes(source_rows()))
        else:
            missing = events_not_in_silver(storage, contract, identities)
        found = kept(identities, landed, lost, missing)
        if not found.lost or time.monotonic() > end:
            return Account(source, landed, found)
        pause(_AGAIN_S, stop)
