"""Delta tables on the emulator keep the port's promises."""

import pytest
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.gcs_fixture import Emulator
from tidelake.testkit.tables_conformance import TablesConformance
from tidelake.testkit.tables_labs import DeltaTablesLab


@pytest.mark.conformance
class TestDeltaBronzeTables(TablesConformance):
    @pytest.fixture
    def lab(self, emulator: Emulator, storage: LakeStorage) -> DeltaTablesLab:
        return DeltaTablesLab(storage, emulator)
