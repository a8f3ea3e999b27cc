"""A dataset as this door serves it: one version of its contract, ready for use."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class OpenDataset:
    """A dataset that this sender may write to."""

    served: ServedDataset
    producer: str
