"""What Connect says of a connector, read; the rest of its interface is used in the system tests."""

import pytest
from tidelake.cli.following.connect_api import ConnectApi, ConnectorStatus, read_status
from tidelake.cli.following.problems import ConnectAway
from tidelake.local.freeports import free_ports

RUNNING, FAILED = {"state": "RUNNING"}, {"state": "FAILED", "trace": "the reason\n  at here"}


def test_it_runs_when_its_task_does() -> None:
    assert read_status({"connector": RUNNING, "tasks": [RUNNING]}) == ConnectorStatus("running")


@pytest.mark.parametrize("tasks", [[], [{"state": "UNASSIGNED"}], [{"state": "RESTARTING"}]])
def test_without_a_task_that_runs_it_is_starting(tasks: list[object]) -> None:
    assert read_status({"connector": RUNNING, "tasks": tasks}) == ConnectorStatus("starting")


def test_what_failed_says_why_whichever_part_it_is() -> None:
    failed = ConnectorStatus("failed", "the reason\n  at here")
    assert read_status({"connector": FAILED, "tasks": []}) == failed
    assert read_status({"connector": RUNNING, "tasks": [FAILED]}) == failed


def test_a_connect_that_is_away_is_named() -> None:
    [port] = free_ports(1)
    with pytest.raises(ConnectAway, match=rf"http://127.0.0.1:{port} does not answer"):
        ConnectApi(f"http://127.0.0.1:{port}").status("cdc.planes")
