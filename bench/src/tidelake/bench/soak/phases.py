"""The parts of a soak's time: warming up, killing, and coming to rest."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from tidelake.bench.soak.killing import Keeper
from tidelake.bench.soak.pulse import Pulse, slowest
from tidelake.bench.soak.sampling import EVERY_S as SAMPLE_EVERY_S
from tidelake.bench.soak.sampling import Sampling
from tidelake.bench.waiting import pause
from tidelake.bench.writing.write import Sender
from tidelake.runtime.errors import LakeError
from tidelake.runtime.shutdown import StopSignal

Tell = Callable[[str], None]
_AT_REST = timedelta(seconds=300)
_DRAIN = timedelta(seconds=120)
_FEEL_EVERY_S = 3.0
_STEADY_S = 5.0
_SHOW_EVERY_S = 10.0


def warm_up(
    pulses: Sequence[Pulse],
    senders: Sequence[Sender],
    keeper: Keeper,
    promised_s: float,
    within_s: float,
    stop: StopSignal,
    tell: Tell,
) -> bool:
    """Until all datasets are fresh; False if that does not come. Raises BenchInterrupted, and what ended a
    thread."""
    end, shown = time.monotonic() + within_s, 0.0
    fresh_since: float | None = None
    while (now := time.monotonic()) < end:
        pause(_FEEL_EVERY_S, stop)
        check(senders, keeper)
        if not _feel(pulses) or slowest(pulses) >= promised_s:
            fresh_since = None
        elif fresh_since is None:
            fresh_since = now
        # At the first looks nothing that was seen in Kafka is old yet.
        elif now - fresh_since > promised_s + _STEADY_S:
            return True
        if time.monotonic() - shown >= _SHOW_EVERY_S:
            shown = time.monotonic()
            tell(f"warming up: {_behind(pulses)}")
    return False


def kill_until(
    end: float,
    pulses: Sequence[Pulse],
    senders: Sequence[Sender],
    keeper: Keeper,
    sampling: Sampling,
    stop: StopSignal,
    tell: Tell,
) -> None:
    """Looks at what it costs and shows how it goes. Raises as warm_up."""
    looked = 0.0
    while (left := end - time.time()) > 0:
        if time.monotonic() - looked >= SAMPLE_EVERY_S:
            looked = time.monotonic()
            sampling.look()
            _feel(pulses)
            written = sum(len(sender.writes) for sender in senders)
            tell(f"{written:,} acknowledged; {_behind(pulses)}")
        pause(min(left, 1.0), stop)
        check(senders, keeper)


def come_to_rest(
    pulses: Sequence[Pulse], senders: Sequence[Sender], keeper: Keeper, stop: StopSignal, tell: Tell
) -> bool:
    """Nothing more is written; what is under way has its time, until silver explains all that Kafka has.
    False if it does not come to that. Raises as warm_up."""
    for sender in senders:
        sender.end()
    end = time.monotonic() + _DRAIN.total_seconds()
    while time.monotonic() < end and not all(sender.done for sender in senders):
        pause(0.5, stop)
        check(senders, keeper)
    for sender in senders:
        sender.abandoned.set()
    end, shown, quiet = time.monotonic() + _AT_REST.total_seconds(), 0.0, 0
    while quiet < 3:  # looks: what log-router and Connect still have to bring comes between two of them
        pause(_FEEL_EVERY_S, stop)
        check(senders, keeper)
        quiet = quiet + 1 if _feel(pulses) and slowest(pulses) == 0 and keeper.all_run else 0
        if time.monotonic() - shown >= _SHOW_EVERY_S:
            shown = time.monotonic()
            tell(f"coming to rest: {_behind(pulses)}")
        if time.monotonic() > end:
            tell(f"it does not come to rest: {_behind(pulses)}")
            return False
    return True


def check(senders: Sequence[Sender], keeper: Keeper) -> None:
    """Raises what ended one of the threads."""
    keeper.check()
    for sender in senders:
        sender.check()


def _feel(pulses: Sequence[Pulse]) -> bool:
    """Whether all could be looked at: Kafka may have been killed a moment ago."""
    try:
        for pulse in pulses:
            pulse.feel()
    except LakeError:
        return False
    return True


def _behind(pulses: Sequence[Pulse]) -> str:
    return "silver behind by " + ", ".join(
        f"{pulse.contract.dataset} {pulse.behind_s:.0f} s" for pulse in pulses
    )
