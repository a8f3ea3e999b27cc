"""A lake whose tables lie in a folder, for what needs no store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tidelake.tables.storage import LakeStorage


@dataclass(frozen=True)
class DiskLake(LakeStorage):
    """Addresses and options by which deltalake finds the tables there; all else is as of `lake_root`."""

    folder: Path = Path()

    def uri(self, path: str) -> str:
        return str(self.folder / path)

    def delta_options(self) -> dict[str, str]:
        return {}
