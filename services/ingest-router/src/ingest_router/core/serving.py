"""A dataset as this door serves it: one version of one major version's contract, ready for use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from tidelake.contracts.admission import Door as ContractDoor
from tidelake.contracts.contract import Contract
from tidelake.contracts.envelope import Sealer


@dataclass(frozen=True, slots=True)
class ServedDataset:
    """The checks and the headers of one version, compiled once."""

    contract: Contract
    door: ContractDoor
    sealer: Sealer
    topic: str


def serve_dataset(contract: Contract, json_schema: bytes) -> ServedDataset:
    """Compiles a published contract; takes milliseconds. Raises UnusableSchema."""
    return ServedDataset(contract, ContractDoor(contract, json_schema), Sealer(contract), contract.topic)


def successors(served: Iterable[ServedDataset]) -> Mapping[str, str]:
    """Address of the next major version by that of the one before. `served`: in order of dataset, version."""
    pairs = pairwise(one.contract for one in served)
    return MappingProxyType({old.address: new.address for old, new in pairs if old.dataset == new.dataset})


@dataclass(frozen=True, slots=True)
class OpenDataset:
    """A dataset that this sender may write to."""

    served: ServedDataset
    producer: str
