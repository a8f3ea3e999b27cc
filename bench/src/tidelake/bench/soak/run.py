"""One soak on a stack of its own, from its start to its report."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from tidelake.bench.machine import this_machine
from tidelake.bench.own_stack import own_stack
from tidelake.bench.road.measure import sender_key
from tidelake.bench.soak import phases
from tidelake.bench.soak.accounts import account
from tidelake.bench.soak.assembling import Seen, Times, assemble
from tidelake.bench.soak.checking import PLANES_NOW
from tidelake.bench.soak.killing import Keeper
from tidelake.bench.soak.plan import Plan
from tidelake.bench.soak.pulse import Pulse
from tidelake.bench.soak.report import SoakReport
from tidelake.bench.soak.sampling import Sampling
from tidelake.bench.soak.sources import Inputs, start_sources
from tidelake.local.parts import ALL_PARTS
from tidelake.local.stack import Stack
from tidelake.local.watching import Watcher
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.shutdown import StopSignal
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.tables.storage import LakeStorage

_LEAD_S = 3.0  # clients are made


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a soak is given by whoever has it: contracts and tables are theirs, and so is the audit."""

    prepare: Callable[[Stack], Inputs]
    audit: Callable[[Stack], Mapping[str, str]]  # verdict by dataset
    keep_logs: Callable[[Stack], object]  # before the stack is gone, whatever came of it
    tell: Callable[[str], None]


def soak(plan: Plan, given: Surroundings, watcher: Watcher, stop: StopSignal) -> SoakReport:
    """Starts a stack, writes and kills as planned, and compares what was acknowledged with what is there.

    Raises BenchFailed, BenchInterrupted, and what starting a stack raises; nothing is left running.
    """
    with own_stack(watcher, stop, writers=2, silvers=2, parts=ALL_PARTS) as stack:
        try:
            stack.up(watcher, stop)
            return _soak(stack, plan, given, stop)
        finally:
            given.keep_logs(stack)


def _soak(stack: Stack, plan: Plan, given: Surroundings, stop: StopSignal) -> SoakReport:
    inputs = given.prepare(stack)
    storage = LakeStorage(stack.lake.lake_root, stack.lake.service_account)
    contract, events = inputs.events
    api_key = sender_key(stack, storage, contract, next(events), stop)
    topics, objects = KafkaTopics(stack.lake.kafka_bootstrap_servers, "lake-bench"), storage.objects()

    def planes_now() -> list[str]:
        return stack.postgres.ask(inputs.database, PLANES_NOW)

    with ExitStack() as entered:
        keeper = entered.enter_context(Keeper(stack, plan, stop, given.tell))
        started = time.time() + _LEAD_S
        sources = start_sources(stack, inputs, plan.load, api_key, started, entered)
        senders = [one.sender for one in sources]
        clock = SystemClock()
        pulses = [Pulse(one.contract, topics, objects, clock) for one in sources]
        promised_s = min(one.contract.freshness.total_seconds() for one in sources)
        fresh = phases.warm_up(
            pulses, senders, keeper, plan.fresh_s or promised_s, plan.warm_up_s, stop, given.tell
        )
        began = time.time()
        keeper.begin(began)
        sampling = Sampling(stack, began)
        phases.kill_until(began + plan.seconds, pulses, senders, keeper, sampling, stop, given.tell)
        rest = phases.come_to_rest(pulses, senders, keeper, stop, given.tell)
        given.tell("comparing what was acknowledged with what is there")
        accounts = [account(one, storage, planes_now, stop) for one in sources]
    given.tell("counting the ledger")
    audit = given.audit(stack)
    return assemble(
        plan,
        Times(str(this_machine()), f"{datetime.now(UTC):%Y-%m-%d}", started, began, fresh, rest),
        Seen(keeper.kills, keeper.starts, sampling.pss, sampling.cpu, sampling.sizes),
        accounts,
        audit,
    )
