"""Waiting until the writers have gone on behind offsets that are given up, and saying where none has."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby

from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.runtime.shutdown import Deadline
from tidelake.tables.bronze_table import BronzeTables
from tidelake.tables.errors import StoreUnavailable

from .finding import LostRange

_INTERVAL = timedelta(milliseconds=500)
_KEPT = "That they are given up is kept, and a writer goes on behind them within seconds once it"


class StandsStill(LakeError, Terminal):
    """No writer has gone on behind what was given up in time."""

    def __init__(self, missing: Sequence[str], timeout: timedelta) -> None:
        self.missing = tuple(missing)
        listed = "\n".join(f"  {one}" for one in missing)
        super().__init__(
            f"The offsets are given up, and after {timeout.total_seconds():g} s not everything has gone on:\n"
            f"{listed}\n"
            f"{_KEPT} runs and reaches Kafka and the store. See ./lake status, then run the same again."
        )


class WaitInterrupted(LakeError, Terminal):
    """The waiting was ended from outside."""

    def __init__(self) -> None:
        super().__init__(f"The offsets are given up. {_KEPT} runs.")


def wait_until_passed(
    tables: BronzeTables,
    given_up: Sequence[LostRange],
    timeout: timedelta,
    clock: Clock,
    wait: Callable[[timedelta], bool],
    waiting_for: Callable[[str], None],
) -> None:
    """Return once no table's token stands where what was given up begins.

    `wait` sleeps and returns True to end the waiting. Raises StandsStill, WaitInterrupted.
    """
    deadline = Deadline(timeout, clock)
    while missing := list(_missing(tables, given_up)):
        if deadline.expired:
            raise StandsStill(missing, timeout)
        waiting_for(missing[0])
        if wait(_INTERVAL):
            raise WaitInterrupted


def _missing(tables: BronzeTables, given_up: Sequence[LostRange]) -> Iterator[str]:
    for path, ranges in groupby(given_up, key=lambda each: each.table):
        try:
            handle = tables.table(path).open()
            for each in ranges:
                # A token that moved less far tells of fewer offsets given up, which is no reason to wait.
                if handle.token(each.source) == each.offsets.first:
                    at = f"{each.topic}/{each.source.partition}"
                    yield f"bronze-writer: none has gone on at offset {each.offsets.first} of {at}"
        except StoreUnavailable as problem:
            yield f"the object store: {problem}"
