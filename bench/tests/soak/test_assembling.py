"""From what was seen to the report."""

import itertools
from pathlib import Path

from tidelake.bench.soak.accounts import Account
from tidelake.bench.soak.assembling import Seen, Times, assemble
from tidelake.bench.soak.killing import Kill, Start
from tidelake.bench.soak.plan import Plan, split
from tidelake.bench.soak.report import Kept, SoakReport
from tidelake.bench.soak.sources import Source
from tidelake.bench.soak.staleness import Recovery
from tidelake.bench.writing.landed import Landed
from tidelake.bench.writing.write import Sender, Write
from tidelake.contracts.loading import parse_contract

BEGAN = 10_000.0
FLIGHTS = parse_contract((Path(__file__).parents[3] / "datasets/flights.odcs.yaml").read_text(), "flights")
KILLS = [Kill("kafka", BEGAN + 30), Kill("trino", BEGAN + 60)]
STARTS = [
    Start("kafka", BEGAN + 31, None, "kafka did not start."),
    Start("kafka", BEGAN + 35, BEGAN + 38, ""),
    Start("log-router", BEGAN + 39, BEGAN + 41, "it ended by itself"),
    Start("trino", BEGAN + 61, BEGAN + 75, ""),
]


def _report(seconds: float, outage_s: float) -> SoakReport:
    """One write a second; those of [30, 30 + outage) can be read at its end only, the others after 2 s."""
    sender = Sender()
    landed: list[Landed] = []
    for nth in range(int(seconds)):
        due = BEGAN + nth
        readable = BEGAN + 30 + outage_s if 30 <= nth < 30 + outage_s else due + 2
        write = Write(str(nth), due, due + 0.1)
        sender.writes.append(write)
        landed.append(Landed(write, due + 0.2, due + 0.5, due + 1, max(readable, due + 2)))
    account = Account(Source("events", FLIGHTS, 1, sender), landed, Kept(int(seconds), (), (), ()))
    level = [(float(at), 1e8) for at in range(0, int(seconds), 10)]
    rising = [(float(at), 1e6 * at) for at in range(0, int(seconds), 10)]
    return assemble(
        Plan(seconds=seconds, seed=1, load=split(500)),
        Times("2 cores", "2026-11-30", BEGAN - 40, BEGAN, fresh=True, came_to_rest=True),
        Seen(KILLS, STARTS, {"kafka": rising}, {}, {"data of kafka": level}),
        [account],
        {"flights": "balanced"},
    )


def test_a_kill_has_its_recovery_and_when_it_served_again() -> None:
    first, second = _report(120, outage_s=12).kills

    assert (first.at, first.served_again) == (30, 38)
    assert first.recoveries == {"flights": Recovery(12, over=True)}
    assert (second.served_again, second.recoveries["flights"]) == (75, Recovery(0, over=True))


def test_delays_are_from_due_to_silver_and_stale_beyond_what_is_promised() -> None:
    report = _report(120, outage_s=12)

    delay = report.delay["flights"]
    assert (delay.promised, delay.p50, delay.most, delay.stale_share) == (5, 2, 12, 7 / 120)
    at = dict(report.series.delay["flights"])
    assert (at[29], at[41], at[50]) == (1, 11, 1)


def test_the_rate_is_what_was_acknowledged() -> None:
    report = _report(120, outage_s=12)

    assert (report.written["events"].rate, report.written["events"].acknowledged) == (1, 120)
    assert [rate for _, rate in report.series.rate["events"]] == list(itertools.repeat(1, 24))


def test_a_start_that_failed_is_a_finding_and_one_of_who_ended_by_itself_is_told() -> None:
    report = _report(120, outage_s=12)

    assert report.ended_by_themselves == ["log-router"]
    assert report.findings == ["1 starts failed before one came up, such as: kafka did not start."]


def test_levels_are_judged_in_a_long_soak_alone() -> None:
    assert _report(120, outage_s=12).memory is None
    long = _report(600, outage_s=12)
    assert [level.levels_off for level in long.memory or ()] == [False]
    assert [level.levels_off for level in long.sizes or ()] == [True]


def test_an_outage_that_lasts_is_a_finding() -> None:
    report = _report(120, outage_s=40)

    assert report.kills[0].recoveries["flights"] == Recovery(30, over=False)
    assert "Freshness does not recover within 30 s of 1 of 2 kills" in report.findings[0]
