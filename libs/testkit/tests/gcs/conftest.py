"""The emulator's core without sockets, and one emulator process for the tests of the wire."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tidelake.testkit.gcs.in_process import Ask
from tidelake.testkit.gcs_fixture import Emulator, running_emulator


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    asker = Ask(tmp_path / "data")
    yield asker
    asker.store.close()


@pytest.fixture(scope="session")
def shared_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running_emulator(tmp_path_factory.mktemp("gcs")) as emulator:
        yield emulator


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Iterator[Emulator]:
    """A process shared by all tests, without the faults and counts of the one before."""
    shared_emulator.faults.clear()
    shared_emulator.faults.reset_requests()
    yield shared_emulator
    shared_emulator.faults.clear()


@pytest.fixture
def own_emulator(tmp_path: Path) -> Iterator[Emulator]:
    """A process for one test alone, which may kill or fill it."""
    with running_emulator(tmp_path) as emulator:
        yield emulator
