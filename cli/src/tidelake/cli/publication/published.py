"""What is published of one dataset, with the texts that a comparison needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tidelake.contracts import names
from tidelake.contracts.contract import Contract, Version
from tidelake.contracts.registry import PublishedContracts
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.tables.objects import Objects

from .drafts import Draft


class UnknownDataset(LakeError, Terminal):
    """Nobody published a contract of that name."""

    def __init__(self, dataset: str, known: Sequence[str]) -> None:
        self.dataset = dataset
        super().__init__(
            f"There is no dataset {dataset!r} in this lake. Published are: {', '.join(known) or 'none yet'}. "
            "Publish one with ./lake dataset apply FILE."
        )


@dataclass(frozen=True, slots=True)
class Published:
    """The versions of one dataset that a new one is compared with."""

    texts: Mapping[Version, bytes]  # of every version, usable or not
    newest: Draft | None  # newest usable version of all
    newest_by_major: Mapping[int, Draft]


NOTHING = Published({}, None, {})


def read_published(objects: Objects, dataset: str) -> Published:
    """What the store has of one dataset. Raises StoreUnavailable, StoreRefused."""
    contracts = PublishedContracts(objects)
    contracts.refresh()
    texts = {
        version: stored.content
        for version in _versions(objects, dataset)
        if (stored := objects.read(names.contract_path(dataset, version))) is not None
    }
    newest_by_major = {
        found.contract.major: Draft(
            names.contract_path(dataset, found.contract.version),
            texts[found.contract.version],
            found.contract,
        )
        for found in contracts.tables()
        if found.contract.dataset == dataset and found.contract.version in texts
    }
    newest = newest_by_major[max(newest_by_major)] if newest_by_major else None
    return Published(texts, newest, newest_by_major)


def published_drafts(objects: Objects, dataset: str) -> list[Draft]:
    """The newest version of each major version of a dataset, to be put into force again.

    Raises UnknownDataset.
    """
    found = read_published(objects, dataset).newest_by_major
    if not found:
        contracts = PublishedContracts(objects)
        contracts.refresh()
        raise UnknownDataset(dataset, sorted({one.contract.dataset for one in contracts.tables()}))
    return [found[major] for major in sorted(found)]


def published_at(objects: Objects, contract: Contract) -> datetime:
    """When this very version was published, by the store's clock. Raises StoreUnavailable, StoreRefused."""
    path = names.contract_path(contract.dataset, contract.version)
    [entry] = [entry for entry in objects.list(path) if entry.path == path]
    return entry.updated


def _versions(objects: Objects, dataset: str) -> list[Version]:
    prefix = f"{names.CONTRACTS}{dataset}/"
    paths = [entry.path.removeprefix(prefix) for entry in objects.list(prefix)]
    parts = [path.removesuffix(".yaml").split(".") for path in paths if path.endswith(".yaml")]
    return [
        Version(*(int(part) for part in numbers))
        for numbers in parts
        if len(numbers) == 3 and all(part.isdecimal() for part in numbers)
    ]
