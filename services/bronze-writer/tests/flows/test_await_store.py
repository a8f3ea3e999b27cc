from datetime import timedelta

import pytest
from bronze_writer.flows.await_store import await_store
from tidelake.runtime.health import Health
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.errors import StoreRefused, StoreUnavailable
from tidelake.tables.probe import PreconditionsIgnored


@pytest.mark.parametrize(("error", "reason"), [(StoreUnavailable, "nobody answers"), (StoreRefused, "403")])
def test_a_store_that_is_away_or_says_no_is_asked_again_until_it_serves(
    error: type[StoreUnavailable | StoreRefused], reason: str
):
    health, answers, reasons = Health(), [True, False, False], list[str]()

    def prove() -> None:
        reasons.append(str(health.report()))
        if not answers.pop():
            raise error("list", "_probe/", reason)

    assert await_store(prove, health, StopSignal(), again_after=timedelta(0))
    assert [reason in each for each in reasons] == [False, True, True]
    assert health.ready()


def test_a_stop_ends_the_waiting_and_the_reason_stands_in_the_health():
    health, stop = Health(), StopSignal()

    def prove() -> None:
        stop.request()
        raise StoreUnavailable("list", "_probe/", "nobody answers")

    assert not await_store(prove, health, stop)
    assert "nobody answers" in str(health.report())


def test_a_store_that_overwrites_is_not_waited_for():
    def prove() -> None:
        raise PreconditionsIgnored("gs://lake", 2, 1)

    with pytest.raises(PreconditionsIgnored):
        await_store(prove, Health(), StopSignal())
