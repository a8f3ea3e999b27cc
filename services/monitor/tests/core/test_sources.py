"""A source that stands still is told with its connector, its state and its error."""

from dataclasses import replace
from datetime import timedelta

import pytest
from monitor.core.alerting import Condition
from monitor.core.conditions import Patience
from monitor.core.sources import FollowedTable, source_conditions
from tidelake.streams.connectors import ConnectorStatus

PLANES = FollowedTable("planes", "fleet", "airports.app.planes", "cdc.planes", ConnectorStatus("running"))


def told(one: FollowedTable) -> Condition:
    (condition,) = source_conditions([one], Patience(timedelta(seconds=30), 0.01))
    return condition


def test_of_a_connector_that_runs_nothing_holds() -> None:
    condition = told(PLANES)
    assert condition.holds is False
    assert condition.summary == "planes: its connector cdc.planes runs"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (ConnectorStatus("absent"), "is not there"),
        (ConnectorStatus("starting"), "has no task that runs"),
        (ConnectorStatus("paused"), "is paused"),
        (ConnectorStatus("stopped"), "is stopped"),
        (ConnectorStatus("failed", "no such slot\n  at here"), "has failed: no such slot"),
    ],
)
def test_any_other_is_told_once_it_had_time(status: ConnectorStatus, words: str) -> None:
    condition = told(replace(PLANES, status=status))
    assert condition.holds
    assert condition.patience == timedelta(seconds=30), "Connect shares its connectors anew now and then"
    assert condition.severity == "critical"
    assert condition.summary == f"planes: its connector cdc.planes {words}"
    assert "No change of airports.app.planes comes" in condition.description
    assert "docs/runbooks/source-stopped.md" in condition.description


def test_a_connect_that_does_not_answer_is_told_of_each_dataset() -> None:
    condition = told(replace(PLANES, status=None, silence="Kafka Connect does not answer."))
    assert condition.holds
    assert condition.summary == "planes: Kafka Connect does not answer."
