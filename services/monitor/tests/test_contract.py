"""The examples are what others get."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from monitor.core.alerting import Alert, Condition
from monitor.outbound.alerts_topic import AlertRecord
from monitor.outbound.webhook import payload

EXAMPLES = Path(__file__).parents[1] / "contract" / "examples"
BEGAN = datetime(2026, 1, 1, 12, 0, 5, tzinfo=UTC)
ALERT = Alert(
    "firing",
    Condition(
        name="LedgerGap",
        dataset="flights",
        holds=True,
        owner="flight-operations",
        severity="critical",
        summary="flights: 1 in bronze without an outcome (partition 2 offset 77)",
        description="Counted in the tables at 12:00:05 UTC: ...",
        runbook="ledger-gap.md",
    ),
    BEGAN,
    BEGAN,
)


def test_a_record_of_the_topic_looks_like_its_example() -> None:
    example = (EXAMPLES / "alert.json").read_bytes()
    assert json.loads(msgspec.json.encode(AlertRecord.of(ALERT, told=True))) == json.loads(example)
    assert msgspec.json.decode(example, type=AlertRecord).read() == ALERT


def test_the_webhook_gets_what_its_example_shows() -> None:
    assert payload(ALERT, "http://127.0.0.1:18140/") == json.loads((EXAMPLES / "webhook.json").read_bytes())
