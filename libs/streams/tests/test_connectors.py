"""What Connect says of a connector, read."""

import pytest
from tidelake.streams.connectors import ConnectorStatus, read_status

TRACE = """org.apache.kafka.connect.errors.ConnectException: Unable to start
\tat io.debezium.connector.postgresql.PostgresConnectorTask.start(PostgresConnectorTask.java:200)
Caused by: java.lang.RuntimeException: in between
Caused by: org.postgresql.util.PSQLException: ERROR: publication "lake_planes_v1" does not exist
\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2733)
"""
RUNNING, FAILED = {"state": "RUNNING"}, {"state": "FAILED", "trace": TRACE}


def test_it_runs_when_its_task_does() -> None:
    assert read_status({"connector": RUNNING, "tasks": [RUNNING]}) == ConnectorStatus("running")


@pytest.mark.parametrize("tasks", [[], [{"state": "UNASSIGNED"}], [{"state": "RESTARTING"}]])
def test_without_a_task_that_runs_it_is_starting(tasks: list[object]) -> None:
    assert read_status({"connector": RUNNING, "tasks": tasks}) == ConnectorStatus("starting")


def test_what_failed_says_why_whichever_part_it_is() -> None:
    failed = ConnectorStatus("failed", TRACE)
    assert read_status({"connector": FAILED, "tasks": []}) == failed
    assert read_status({"connector": RUNNING, "tasks": [FAILED]}) == failed


@pytest.mark.parametrize("tasks", [[], [{"state": "PAUSED"}], [FAILED]])
def test_what_somebody_halted_is_told_as_that(tasks: list[object]) -> None:
    assert read_status({"connector": {"state": "PAUSED"}, "tasks": tasks}) == ConnectorStatus("paused")
    assert read_status({"connector": {"state": "STOPPED"}, "tasks": tasks}) == ConnectorStatus("stopped")


def test_the_cause_is_the_first_line_and_the_innermost_one() -> None:
    assert ConnectorStatus("failed", TRACE).cause == (
        "org.apache.kafka.connect.errors.ConnectException: Unable to start; Caused by: "
        'org.postgresql.util.PSQLException: ERROR: publication "lake_planes_v1" does not exist'
    )
    assert ConnectorStatus("failed", "the reason\n  at Somewhere.java").cause == "the reason"
    assert ConnectorStatus("failed").cause == "it does not say why"


def test_of_a_long_line_both_ends_are_shown() -> None:
    cause = ConnectorStatus("failed", f"it began {'x' * 2000} it is no longer available").cause
    assert cause.startswith("it began")
    assert cause.endswith("it is no longer available")
    assert len(cause) < 400
