"""One emulator for the tests of this package; each test works below a root of its own."""

import uuid
from collections.abc import Iterator

import pytest
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.gcs_fixture import Emulator, running_emulator


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running_emulator(tmp_path_factory.mktemp("gcs")) as running:
        yield running


@pytest.fixture
def storage(emulator: Emulator) -> Iterator[LakeStorage]:
    yield LakeStorage(f"{emulator.lake_root}/{uuid.uuid4().hex}", emulator.service_account_path)
    emulator.faults.clear()
