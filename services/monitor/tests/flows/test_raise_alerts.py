"""Alerts are told in their order, kept, and told again where nobody took them."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from monitor.core.alerting import Alert, Condition
from monitor.flows.raise_alerts import AlertDesk
from monitor.outbound.alerts_topic import AlertNotKept, AlertRecord
from monitor.outbound.webhook import WebhookFailed, payload
from tidelake.testkit.clock import FakeClock


class Store:
    """Keeps the newest state of each, as a compacted topic does."""

    def __init__(self) -> None:
        self.records: dict[str, AlertRecord] = {}
        self.kept: list[tuple[str, bool]] = []  # states, and whether they were told, as they came
        self.away = False

    def remembered(self) -> Sequence[AlertRecord]:
        if self.away:
            raise AlertNotKept("alerts", "away")
        return list(self.records.values())

    def keep(self, record: AlertRecord) -> None:
        if self.away:
            raise AlertNotKept("alerts", "away")
        self.records[record.fingerprint] = record
        self.kept.append((record.state, record.told))


class Taker:
    """Takes alerts, or does not."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.away = False

    def post(self, alert: Alert) -> None:
        if self.away:
            raise WebhookFailed("http://x", "503")
        self.taken.append(f"{alert.condition.dataset} {alert.state}")


def condition(holds: bool, dataset: str = "flights") -> Condition:
    return Condition("LedgerGap", dataset, holds, "ops", "critical", "1 lost", "more", "ledger-gap.md")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_what_fires_and_ends_is_told_and_kept(clock: FakeClock) -> None:
    store, taker = Store(), Taker()
    desk = AlertDesk(store, taker, clock)
    desk.step([condition(True)])
    desk.deliver()
    assert [(one.state, one.told) for one in store.records.values()] == [("firing", True)]
    desk.step([condition(False)])
    desk.deliver()
    assert taker.taken == ["flights firing", "flights resolved"]
    assert [(one.state, one.told) for one in store.records.values()] == [("resolved", True)]


def test_what_is_not_taken_is_told_again_later_in_its_order(clock: FakeClock) -> None:
    store, taker = Store(), Taker()
    desk = AlertDesk(store, taker, clock)
    taker.away = True
    desk.step([condition(True)])
    assert "did not take" in desk.deliver()
    desk.step([condition(False)])
    taker.away = False
    assert "2 alerts are not told yet" in desk.deliver(), "not before its time"
    clock.advance(timedelta(seconds=1))
    assert desk.deliver() == ""
    assert taker.taken == ["flights firing", "flights resolved"]


def test_a_new_process_tells_what_was_not_told_and_nothing_twice(clock: FakeClock) -> None:
    store, taker = Store(), Taker()
    first = AlertDesk(store, taker, clock)
    first.step([condition(True), condition(True, "planes")])
    first._receiver = None  # pyright: ignore[reportPrivateUsage]  it is killed here
    second = AlertDesk(store, taker, clock)
    second.step([condition(True), condition(True, "planes")])
    second.deliver()
    third = AlertDesk(store, taker, clock)
    third.step([condition(True), condition(False, "planes")])
    third.deliver()
    assert sorted(taker.taken) == ["flights firing", "planes firing", "planes resolved"]


def test_what_was_told_before_can_not_be_read_so_nothing_is_told(clock: FakeClock) -> None:
    store, taker = Store(), Taker()
    store.away = True
    desk = AlertDesk(store, taker, clock)
    with pytest.raises(AlertNotKept):
        desk.step([condition(True)])
    store.away = False
    desk.step([condition(True)])
    desk.deliver()
    assert taker.taken == ["flights firing"]


def test_a_topic_that_is_away_keeps_no_alert_from_being_told(clock: FakeClock) -> None:
    store, taker = Store(), Taker()
    desk = AlertDesk(store, taker, clock)
    desk.step([])
    store.away = True
    desk.step([condition(True)])
    desk.deliver()
    assert taker.taken == ["flights firing"]


def test_a_state_that_was_not_kept_is_written_at_the_next_step(clock: FakeClock) -> None:
    store = Store()
    desk = AlertDesk(store, Taker(), clock)
    desk.step([condition(True), condition(True, "planes")])
    store.away = True
    desk.step([condition(False), condition(True, "planes")])
    assert {one.dataset: one.state for one in store.records.values()} == {
        "flights": "firing",
        "planes": "firing",
    }
    store.away = False
    desk.step([condition(False), condition(True, "planes")])
    assert {one.dataset: one.state for one in store.records.values()} == {
        "flights": "resolved",
        "planes": "firing",
    }
    store.records.clear()
    desk.step([condition(False), condition(True, "planes")])
    assert not store.records, "what was kept is not written again"


def test_that_an_alert_was_told_does_not_overwrite_its_end(clock: FakeClock) -> None:
    class EndsMeanwhile(Taker):
        def post(self, alert: Alert) -> None:
            super().post(alert)
            desk.step([condition(False)])

    store, taker = Store(), EndsMeanwhile()
    desk = AlertDesk(store, taker, clock)
    desk.step([condition(True)])
    desk.deliver()
    assert taker.taken == ["flights firing", "flights resolved"]
    assert store.kept == [("firing", False), ("resolved", False), ("resolved", True)]


def test_a_record_is_read_as_it_was_written(clock: FakeClock) -> None:
    alert = Alert("firing", condition(True), clock.now(), clock.now())
    assert AlertRecord.of(alert, told=True).read() == alert


def test_the_payload_has_the_shape_of_alertmanagers(clock: FakeClock) -> None:
    alert = Alert("firing", condition(True), clock.now(), clock.now())
    sent = payload(alert, "http://page/")
    assert (sent["version"], sent["status"], sent["receiver"]) == ("4", "firing", "webhook")
    (one,) = sent["alerts"]
    assert one["labels"]["alertname"] == "LedgerGap"
    assert one["annotations"]["runbook"] == "docs/runbooks/ledger-gap.md"
    assert one["endsAt"] == "0001-01-01T00:00:00+00:00", "as Alertmanager writes that it has not ended"
    assert one["fingerprint"] == alert.condition.fingerprint
