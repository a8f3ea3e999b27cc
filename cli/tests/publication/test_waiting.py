"""Waiting for the services, and naming who is missing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tidelake.cli.publication.applying import put_into_force
from tidelake.cli.publication.drafts import Draft
from tidelake.cli.publication.waiting import NotInForce, WaitInterrupted, wait_until_in_force
from tidelake.testkit.clock import FakeClock

from .conftest import AS_LINES, Edit, MemoryLake, as_checked


def wait_for(
    memory: MemoryLake, draft: Draft, on_wait: Callable[[], bool], accept: bool = False
) -> list[str]:
    """What was waited for. `on_wait` is called between two looks; True ends the waiting."""
    clock = FakeClock(datetime(2026, 1, 31, tzinfo=UTC))
    said: list[str] = []
    binding = put_into_force(memory.lake, as_checked(draft), accept, told=lambda _: None)

    def wait(span: timedelta) -> bool:
        clock.advance(span)
        return on_wait()

    wait_until_in_force(memory.lake, draft.contract, binding, timedelta(seconds=10), clock, wait, said.append)
    return said


def never() -> bool:
    return False


def services(memory: MemoryLake) -> Callable[[], bool]:
    def step() -> bool:
        memory.services_step()
        return False

    return step


def test_it_ends_when_the_services_have_taken_the_contract_up(memory: MemoryLake, draft: Edit) -> None:
    (first,) = wait_for(memory, draft(), services(memory))
    assert "bronze/flights" in first


def test_it_does_not_wait_for_what_is_there(memory: MemoryLake, draft: Edit) -> None:
    wait_for(memory, draft(), services(memory))
    assert not wait_for(memory, draft(), never)


def test_whoever_is_missing_in_the_end_is_named(memory: MemoryLake, draft: Edit) -> None:
    with pytest.raises(NotInForce) as caught:
        wait_for(memory, draft(), never)
    assert [one.split(":")[0] for one in caught.value.missing] == ["bronze-writer", "ingest-router"]
    assert "./lake status" in str(caught.value)


def test_a_door_that_serves_the_version_before_is_named(memory: MemoryLake, draft: Edit) -> None:
    wait_for(memory, draft(), services(memory))
    with pytest.raises(NotInForce, match=r"still serves flights 1\.0\.0"):
        wait_for(memory, draft(("1.0.0", "1.0.1")), never)


def test_a_door_that_serves_a_newer_version_is_no_hindrance(memory: MemoryLake, draft: Edit) -> None:
    wait_for(memory, draft(("1.0.0", "1.9.0")), services(memory))
    memory.served["flights"] = "1.10.0"
    assert not wait_for(memory, draft(("1.0.0", "1.9.0")), never)


def test_a_new_major_version_is_waited_for_at_its_own_address(memory: MemoryLake, draft: Edit) -> None:
    wait_for(memory, draft(), services(memory))
    with pytest.raises(NotInForce, match="ingest-router: it does not know"):
        wait_for(memory, draft(("1.0.0", "2.0.0")), never)
    wait_for(memory, draft(("1.0.0", "2.0.0")), services(memory))
    assert memory.served == {"flights": "1.0.0", "flights.v2": "2.0.0"}


def test_a_fix_of_an_older_major_version_is_waited_for_too(memory: MemoryLake, draft: Edit) -> None:
    wait_for(memory, draft(), services(memory))
    wait_for(memory, draft(("1.0.0", "2.0.0")), services(memory))
    with pytest.raises(NotInForce, match=r"still serves flights 1\.0\.0"):
        wait_for(memory, draft(("1.0.0", "1.0.1")), never)


def test_a_dataset_that_does_not_come_by_the_door_does_not_wait_for_it(
    memory: MemoryLake, draft: Edit
) -> None:
    def writer_only() -> bool:
        memory.services_step()
        memory.served.clear()
        return False

    assert len(wait_for(memory, draft(AS_LINES), writer_only)) == 1


def test_a_log_router_that_does_not_route_its_lines_yet_is_waited_for(
    memory: MemoryLake, draft: Edit
) -> None:
    memory.routed = {}
    with pytest.raises(NotInForce, match="log-router: it does not know the dataset yet"):
        wait_for(memory, draft(AS_LINES), never)
    wait_for(memory, draft(AS_LINES), services(memory))
    assert not wait_for(memory, draft(AS_LINES), never)


def test_a_table_that_is_still_filled_from_the_old_topic_is_waited_for(
    memory: MemoryLake, draft: Edit
) -> None:
    wait_for(memory, draft(), services(memory))
    memory.broker.delete_topic("events.flights")
    memory.broker.create_topic("events.flights", 3)
    (first,) = wait_for(memory, draft(), services(memory), accept=True)
    assert "still filled" in first


def test_silver_is_waited_for_where_the_lake_has_it(memory: MemoryLake, draft: Edit) -> None:
    memory.silver = {}
    with pytest.raises(NotInForce) as caught:
        wait_for(memory, draft(), never)
    assert [one for one in caught.value.missing if one.startswith("silver")] == [
        "silver-processor: the table silver/flights is not there yet",
        "silver-processor: the table silver/flights_outcomes is not there yet",
    ]
    wait_for(memory, draft(), services(memory))
    assert not wait_for(memory, draft(), never)


def test_silver_that_lacks_a_new_field_is_waited_for(memory: MemoryLake, draft: Edit) -> None:
    memory.silver = {}
    wait_for(memory, draft(), services(memory))
    memory.silver["silver/flights"] -= {"tailnum"}
    with pytest.raises(NotInForce, match="the table silver/flights has no column tailnum yet"):
        wait_for(memory, draft(), never)


def test_silver_is_not_waited_for_where_it_makes_none(memory: MemoryLake, draft: Edit) -> None:
    memory.silver = {}
    wait_for(memory, draft(("value: append", "value: upsert")), services(memory))
    assert memory.silver == {}


def test_a_store_that_is_away_for_a_moment_is_waited_for(memory: MemoryLake, draft: Edit) -> None:
    wait_for(memory, draft(), services(memory))
    memory.tables.faults.down = True

    def comes_back() -> bool:
        memory.tables.faults.down = False
        return False

    (first,) = wait_for(memory, draft(), comes_back)
    assert "object store" in first


def test_it_can_be_ended_from_outside(memory: MemoryLake, draft: Edit) -> None:
    with pytest.raises(WaitInterrupted, match="published"):
        wait_for(memory, draft(), lambda: True)
