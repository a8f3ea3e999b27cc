"""What the monitor says, read from its topic."""

import orjson
import pytest
from confluent_kafka import Producer
from tidelake.cli.demo.raised_alerts import QUARANTINE, firing
from tidelake.contracts.names import ALERTS
from tidelake.local.internal_topics import make_internal_topics
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
