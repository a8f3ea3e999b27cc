"""Several files put into force at once: all or none are begun, and none waits in vain for another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console
from tidelake.cli import dataset as command
from tidelake.cli.catalogue import catalogue
from tidelake.cli.connection import Connection
from tidelake.cli.dataset import apply_files
from tidelake.cli.publication import checking
from tidelake.cli.publication.applying import ContractedPartitions, TopicMadeAnew
from tidelake.cli.publication.checking import Checked
from tidelake.cli.publication.drafts import Draft
from tidelake.cli.publication.lake import Lake
from tidelake.cli.publication.published import Published
from tidelake.cli.publication.several import NotAllDone
from tidelake.cli.publication.waiting import NotInForce, WaitInterrupted
from tidelake.contracts.contract import Contract
from tidelake.runtime.errors import LakeError
from tidelake.runtime.shutdown import StopSignal

from .conftest import FLIGHTS, MemoryLake, as_checked

NOWHERE = cast("Connection", object())


@dataclass
class Entered:
    """The catalogue, which refuses nothing."""

    datasets: list[str] = field(default_factory=list[str])

    def enter(self, contract: Contract, published_at: datetime, told: Callable[[str], None]) -> None:
        self.datasets.append(contract.dataset)


class Services(StopSignal):
    """All services but one dataset's door; they work while they are waited for."""

    def __init__(self, memory: MemoryLake, without: str = "", waits: int | None = None) -> None:
        """`waits`: after so many the waiting is ended from outside."""
        super().__init__()
        self._memory, self._without, self._left = memory, without, waits

    def wait(self, timeout: timedelta | None = None) -> bool:
        if self._left is not None:
            self._left -= 1
        self._memory.services_step()
        self._memory.served.pop(self._without, None)
        return self._left == 0 or super().wait(timedelta(milliseconds=20))


@pytest.fixture
def entered(memory: MemoryLake, monkeypatch: pytest.MonkeyPatch) -> Entered:
    found = Entered()

    def opened(connection: Connection) -> Lake:
        return memory.lake

    def opened_catalogue(connection: Connection) -> Entered:
        return found

    def checked(draft: Draft, published: Published, readers: Sequence[str]) -> Checked:
        return as_checked(draft)

    monkeypatch.setattr(command, "open_lake", opened)
    monkeypatch.setattr(catalogue, "open_catalogue", opened_catalogue)
    monkeypatch.setattr(checking, "check", checked)  # it has tests of its own, and takes its time
    return found


@pytest.fixture
def files(tmp_path: Path) -> Sequence[Path]:
    """Three contracts, each of its own dataset: arrivals, boardings, checkins."""
    found = [tmp_path / f"{name}.yaml" for name in ("arrivals", "boardings", "checkins")]
    for file in found:
        file.write_text(FLIGHTS.replace("flights", file.stem))
    return found


def apply(files: Sequence[Path], services: Services, seconds: float = 0.5) -> str:
    console = Console(width=1000, record=True)
    try:
        apply_files(NOWHERE, files, console, services, timeout=timedelta(seconds=seconds))
    except LakeError as problem:
        problem.add_note(console.export_text())
        raise
    return console.export_text()


def test_all_are_in_force_and_in_the_catalogue(
    memory: MemoryLake, files: Sequence[Path], entered: Entered
) -> None:
    assert "checkins 1.0.0 is in force" in apply(files, Services(memory))
    assert entered.datasets == ["arrivals", "boardings", "checkins"]


@pytest.mark.parametrize("refusal", [ContractedPartitions, TopicMadeAnew])
def test_a_topic_that_does_not_fit_is_found_before_anything_is_changed(
    memory: MemoryLake, files: Sequence[Path], entered: Entered, refusal: type[LakeError]
) -> None:
    if refusal is TopicMadeAnew:
        apply(files[2:], Services(memory))
        memory.broker.recreate_topic("events.checkins")
    else:
        memory.broker.create_topic("events.checkins", 4)
    topics, objects = memory.broker.topic_names(), memory.objects.list("")
    with pytest.raises(refusal):
        apply(files, Services(memory))
    assert memory.broker.topic_names() == topics
    assert memory.objects.list("") == objects


def test_one_that_is_not_in_force_in_time_keeps_no_other_back_and_is_named(
    memory: MemoryLake, files: Sequence[Path], entered: Entered
) -> None:
    with pytest.raises(NotInForce) as late:
        apply(files, Services(memory, without="boardings"))
    assert late.value.dataset == "boardings"
    assert entered.datasets == ["arrivals", "checkins"]
    [said] = late.value.__notes__
    assert "boardings 1.0.0 is not done" in said
    assert "checkins 1.0.0 is in force" in said


def test_of_several_that_are_not_done_each_is_named_with_its_reason(
    memory: MemoryLake, files: Sequence[Path], entered: Entered
) -> None:
    with pytest.raises(NotAllDone) as late:
        apply(files, Services(memory), seconds=0)
    assert late.value.undone == ("arrivals", "boardings", "checkins")
    assert [type(problem) for problem in late.value.problems] == [NotInForce] * 3
    assert "Not done: arrivals 1.0.0, boardings 1.0.0, checkins 1.0.0." in str(late.value)
    assert "the table bronze/checkins is not there yet" in str(late.value)


def test_who_interrupts_waits_for_no_other(
    memory: MemoryLake, files: Sequence[Path], entered: Entered
) -> None:
    with pytest.raises(WaitInterrupted) as ended:
        apply(files, Services(memory, without="boardings", waits=2))
    assert ended.value.dataset == "boardings"
    assert entered.datasets == ["arrivals"]
