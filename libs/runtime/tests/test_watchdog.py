import json
import threading
from datetime import timedelta

import pytest
from tidelake.runtime.health import Health
from tidelake.runtime.logs import configure_logging
from tidelake.runtime.watchdog import EXIT_OVERRUN, Watchdog


class Exit:
    """Keeps the exit code instead of ending the test run."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.called = threading.Event()

    def __call__(self, code: int) -> None:
        self.codes.append(code)
        self.called.set()


def _health() -> Health:
    health = Health()
    health.set("kafka", True)
    return health


def test_a_call_that_returns_in_time_changes_nothing():
    health, exit_process = _health(), Exit()
    with Watchdog(health, exit_process).guard("delta_commit", timedelta(seconds=60), timedelta(seconds=30)):
        pass
    assert (health.ready(), exit_process.codes) == (True, [])


def test_a_call_that_hangs_ends_the_process_and_shows_where_it_hung(capsys: pytest.CaptureFixture[str]):
    configure_logging("bronze-writer", "i-1")
    health, exit_process = _health(), Exit()

    def commit_that_hangs() -> None:
        assert exit_process.called.wait(10)

    with Watchdog(health, exit_process).guard("delta_commit", timedelta(milliseconds=300)):
        commit_that_hangs()
    assert exit_process.codes == [EXIT_OVERRUN]
    assert not health.live()
    assert health.report()["dead"] == "delta_commit did not return within 0.3 s"
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["event"], line["call"], line["exit_code"]) == ("deadline_overrun", "delta_commit", 70)
    assert "commit_that_hangs" in line["stack"]


def test_a_slow_call_makes_the_process_not_ready_until_it_returns():
    health = _health()
    seen = threading.Event()

    class Watched(Health):
        def set(self, component: str, ok: bool, reason: str = "") -> None:
            super().set(component, ok, reason)
            if not ok:
                seen.set()

    health = Watched()
    health.set("kafka", True)
    with Watchdog(health, Exit()).guard("delta_commit", timedelta(seconds=60), timedelta(milliseconds=5)):
        assert seen.wait(10)
        assert not health.ready()
    assert health.ready()


def test_a_call_that_fails_is_let_through_and_no_longer_guarded():
    exit_process = Exit()
    with (
        pytest.raises(ArithmeticError),
        Watchdog(_health(), exit_process).guard("delta_commit", timedelta(milliseconds=50)),
    ):
        raise ArithmeticError
    assert not exit_process.called.wait(0.1)
