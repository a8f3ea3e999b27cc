"""What of a soak's demands does not hold."""

from dataclasses import replace

from tidelake.bench.soak.levels import Level
from tidelake.bench.soak.report import Delay, Kept, Killed, Series, SoakReport, Written, findings
from tidelake.bench.soak.staleness import Recovery

SOUND = SoakReport(
    machine="2 cores",
    day="2026-11-30",
    seconds=900,
    seed=1,
    wanted_rate=500,
    kill_every_s=30,
    recovers_within_s=30,
    warm_up_s=60,
    fresh_when_begun=True,
    came_to_rest=True,
    written={"events": Written(300, 299.5, 270_000, 0)},
    kills=[Killed("kafka", 30, 36, {"flights": Recovery(9, over=True)})],
    ended_by_themselves=["log-router"],
    failed_starts=[],
    kept={"flights": Kept(270_000, (), (), ())},
    audit={"flights": "balanced"},
    delay={"flights": Delay(5, 2, 4, 8, 12, 0.1)},
    memory=[Level("kafka", 3e8, 3e8, 4e8)],
    sizes=[Level("log of kafka", 1e6, 1e6, 5e6)],
    series=Series({}, {}, {}, {}, {}),
)


def _found(report: SoakReport) -> str:
    [finding] = findings(report)
    return finding


def test_a_sound_soak_has_no_finding() -> None:
    assert findings(SOUND) == []
    assert SOUND.holds


def test_what_was_acknowledged_and_is_not_there_is_told_with_an_example() -> None:
    kept = Kept(270_000, ("a", "b"), ("c",), ("a",))

    assert kept.lost == 3
    found = _found(replace(SOUND, kept={"flights": kept}))
    assert "of 270,000 acknowledged, 2 are not in bronze, 1 have no outcome, and 1 are not in silver" in found
    assert found.endswith("such as a.")


def test_a_source_whose_writes_nobody_acknowledges_is_told() -> None:
    dead = replace(SOUND, written={"events": Written(300, 3.0, 2_700, 0)})
    assert _found(dead) == "events: 3.0 writes a second were acknowledged, of 300 wanted."
    late = replace(SOUND, written={"events": Written(300, 299.5, 270_000, 240)})
    assert _found(late) == "events: 240 writes were never acknowledged."


def test_a_ledger_that_is_not_balanced_is_told() -> None:
    assert _found(replace(SOUND, audit={"flights": "not balanced"})) == "flights: the ledger is not balanced."
    assert "balanced so far" in _found(replace(SOUND, audit={"flights": "balanced so far"}))


def test_a_kill_that_freshness_does_not_recover_from_is_named() -> None:
    late = Killed("silver-processor", 60, 95, {"flights": Recovery(41.4, over=True)})
    never = Killed("trino", 90, None, {"flights": Recovery(30, over=False)})

    found = _found(replace(SOUND, kills=[*SOUND.kills, late, never]))

    assert "within 30 s of 2 of 3 kills" in found
    assert "flights 41 s after silver-processor at 60 s" in found
    assert "flights at least 30 s after trino at 90 s" in found


def test_what_does_not_level_off_is_told() -> None:
    memory = Level("kafka", 3e8, 5e8, 4e8)
    log = Level("log of connect", 2e6, 9e6, 7e6)

    assert "Memory of kafka does not level off" in _found(replace(SOUND, memory=[memory]))
    assert "The log of connect grows ever faster" in _found(replace(SOUND, sizes=[log]))


def test_a_short_soak_judges_no_level() -> None:
    assert findings(replace(SOUND, memory=None, sizes=None)) == []


def test_a_lake_that_was_never_fresh_is_told() -> None:
    assert "not fresh in 60 s of warming up" in _found(replace(SOUND, fresh_when_begun=False))


def test_a_lake_that_does_not_come_to_rest_is_told() -> None:
    assert "not caught up" in _found(replace(SOUND, came_to_rest=False))


def test_sound_requests_that_were_refused_are_told() -> None:
    written = Written(300, 299.5, 270_000, 0, ["401 unknown key", "401 unknown key"])

    assert _found(replace(SOUND, written={"events": written})) == (
        "events: sound requests were refused 2 times, such as: 401 unknown key"
    )


def test_a_process_that_did_not_come_up_at_once_is_told_by_its_first_line() -> None:
    assert _found(replace(SOUND, failed_starts=["kafka did not start.\n  log", "again"])) == (
        "2 starts failed before one came up, such as: kafka did not start."
    )
