"""What the monitor says, read from its topic."""

from collections.abc import Mapping
from io import StringIO
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest
from confluent_kafka import Producer
from rich.console import Console
from tidelake.cli.demo import raised_alerts
from tidelake.cli.demo.raised_alerts import QUARANTINE, RaisedAlerts, firing
from tidelake.contracts.names import ALERTS
from tidelake.local.internal_topics import make_internal_topics
from tidelake.runtime.shutdown import StopSignal
from tidelake.streams.kafka_topics import KafkaTopics


@pytest.mark.conformance
def test_of_each_dataset_counts_the_newest_state_of_the_alert_that_is_asked_for(kafka_bootstrap: str) -> None:
    make_internal_topics(kafka_bootstrap)
    producer = Producer({"bootstrap.servers": kafka_bootstrap})
    for dataset, alert, state, summary in (
        ("a", QUARANTINE, "pending", "a is looked at"),
        ("a", QUARANTINE, "firing", "a: 3 of 9"),
        ("b", QUARANTINE, "firing", "b: 1 of 2"),
        ("c", "LedgerGap", "firing", "c has a gap"),
        ("b", QUARANTINE, "resolved", "b: 0 of 2"),
        ("a", QUARANTINE, "firing", "a: 4 of 9"),
    ):
        value = {"alert": alert, "dataset": dataset, "state": state, "summary": summary}
        producer.produce(ALERTS.name, orjson.dumps(value), f"{alert} {dataset}")
    assert producer.flush(30) == 0
    found = firing(kafka_bootstrap, KafkaTopics(kafka_bootstrap, "tests"), QUARANTINE)
    assert {name: says for name, says in found.items() if name in "abc"} == {"a": "a: 4 of 9"}


def test_an_alert_that_nobody_waits_for_ends_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([{"others": "1 of 2"}, {"others": "1 of 2", "flights": "3 of 9"}])

    def look(*_: object) -> Mapping[str, str]:
        return next(looks)

    monkeypatch.setattr(raised_alerts, "firing", look)
    connection = cast("Any", SimpleNamespace(kafka_bootstrap_servers="", topics=lambda: None))
    console = Console(file=StringIO())
    assert RaisedAlerts(connection, StopSignal(), console).of(["flights"]) == {"flights": "3 of 9"}
