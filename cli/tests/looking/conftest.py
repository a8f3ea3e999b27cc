"""A lake's tables on this disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tidelake.tables.objects import ObjectEntry, Objects
from tidelake.tables.storage import LakeStorage


@dataclass(frozen=True)
class FolderLake:
    """What looking needs of a lake, below a folder: where tables lie, and listings with the files' times."""

    root: Path

    @property
    def storage(self) -> LakeStorage:
        return cast("Any", self)

    @property
    def objects(self) -> Objects:
        return cast("Any", self)

    def uri(self, path: str) -> str:
        return str(self.root / path)

    def delta_options(self) -> dict[str, str]:
        return {}

    def list(self, prefix: str) -> Sequence[ObjectEntry]:
        files = (file for file in sorted(self.root.rglob("*")) if file.is_file())
        return [
            ObjectEntry(path, 1, datetime.fromtimestamp(file.stat().st_mtime, UTC))
            for file in files
            if (path := str(file.relative_to(self.root))).startswith(prefix)
        ]

    def append(self, path: str, numbers: Sequence[int]) -> None:
        write_deltalake(self.uri(path), pa.table({"n": pa.array(numbers, pa.int64())}), mode="append")

    def table(self, path: str) -> DeltaTable:
        return DeltaTable(self.uri(path))


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    return FolderLake(tmp_path)
