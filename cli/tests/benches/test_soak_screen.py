"""A soak's report on the screen."""

from dataclasses import replace

from rich.console import Console
from tidelake.bench.soak.report import Delay, Kept, Killed, Series, SoakReport, Written
from tidelake.bench.soak.staleness import Recovery
from tidelake.cli.benches.soak_screen import print_soak

REPORT = SoakReport(
    machine="2 cores",
    day="2026-11-30",
    seconds=120,
    seed=1,
    wanted_rate=500,
    kill_every_s=30,
    recovers_within_s=30,
    warm_up_s=60,
    fresh_when_begun=True,
    came_to_rest=True,
    written={"events": Written(300, 299.6, 36_000, 0), "lines": Written(100, 100, 12_000, 7)},
    kills=[
        Killed("kafka", 30, 36.5, {"flights": Recovery(9.25, over=True)}),
        Killed("trino", 60, None, {"flights": Recovery(30, over=False)}),
    ],
    ended_by_themselves=["log-router"],
    failed_starts=[],
    kept={"flights": Kept(36_000, (), (), ())},
    audit={"flights": "balanced"},
    delay={"flights": Delay(5, 2, 4, 8, 12, 0.1)},
    memory=None,
    sizes=None,
    series=Series({}, {}, {}, {}, {}),
)


def _said(report: SoakReport) -> list[str]:
    console = Console(record=True, width=160)
    print_soak(report, console)
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def test_rates_kills_and_their_recovery_are_shown() -> None:
    said = _said(REPORT)

    assert "events: 36,000 acknowledged, 300 a second of 300" in said
    assert "lines: 12,000 acknowledged, 100 a second of 100, 7 not acknowledged in the end" in said
    assert "together 400 a second of 500" in said
    assert "flights 5.0 2.0 4.0 8.0 12.0 10% 36,000 0" in said
    assert "30 s kafka 6.5 s 9.2 s" in said
    assert "60 s trino no >30.0 s" in said
    assert "Ended by themselves and started again: log-router" in said
    assert "Memory and sizes are not judged: the soak was too short to level off." in said
    assert said[-1].startswith("✓ All that was acknowledged is there")


def test_what_does_not_hold_is_said_instead() -> None:
    said = _said(replace(REPORT, findings=["flights: the ledger is not balanced."]))

    assert said[-1] == "✗ flights: the ledger is not balanced."
