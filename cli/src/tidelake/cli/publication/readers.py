"""Who reads a dataset: services and applications that list it in their contract.yaml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from tidelake.runtime.errors import LakeError, Terminal

_PLACES = ("services/*/contract/contract.yaml", "apps/*/contract.yaml")


class InvalidReader(LakeError, Terminal):
    """A contract.yaml does not say what its service reads."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(
            f"{path} can't be used: {reason}. Nobody could tell what a change of a dataset breaks there. "
            "Write reads: with a list of datasets, such as reads: [flights]."
        )


def find_readers(checkout: Path) -> Mapping[str, tuple[str, ...]]:
    """Names of the readers of each dataset, ordered. Raises InvalidReader."""
    readers: dict[str, list[str]] = {}
    for place in _PLACES:
        for path in sorted(checkout.glob(place)):
            name, datasets = _read(path)
            for dataset in datasets:
                readers.setdefault(dataset, []).append(name)
    return {dataset: tuple(sorted(names)) for dataset, names in readers.items()}


def _read(path: Path) -> tuple[str, list[str]]:
    try:
        found: Any = yaml.safe_load(path.read_bytes())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as problem:
        raise InvalidReader(path, str(problem)) from problem
    if not isinstance(found, dict):
        raise InvalidReader(path, "it is not a mapping")
    said = cast("dict[str, object]", found)
    directory = path.parent.parent if path.parent.name == "contract" else path.parent
    reads = said.get("reads", [])
    if not isinstance(reads, list) or not all(isinstance(name, str) for name in cast("list[object]", reads)):
        raise InvalidReader(path, f"reads is {reads!r}")
    return str(said.get("name", directory.name)), cast("list[str]", reads)
