"""The twin in memory keeps the same promises as Delta."""

import pytest
from tidelake.testkit.tables_conformance import TablesConformance
from tidelake.testkit.tables_labs import MemoryTablesLab


class TestMemoryBronzeTables(TablesConformance):
    @pytest.fixture
    def lab(self) -> MemoryTablesLab:
        return MemoryTablesLab()
