"""The twin in memory keeps the same promises as the client for GCS."""

import pytest
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.testkit.objects_conformance import ObjectsConformance


class TestMemoryObjects(ObjectsConformance):
    @pytest.fixture
    def objects(self) -> MemoryObjects:
        return MemoryObjects()
