"""Putting one version of a contract where every service reads it, for good."""

from __future__ import annotations

from tidelake.contracts import names
from tidelake.contracts.contract import Contract
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.tables.objects import Objects


class VersionTaken(LakeError, Terminal):
    """The version was published with other content, and published versions never change."""

    def __init__(self, contract: Contract) -> None:
        self.dataset = contract.dataset
        self.version = contract.version
        following = f"{contract.version.major}.{contract.version.minor}.{contract.version.patch + 1}"
        super().__init__(
            f"{contract.dataset} {contract.version} is published with other content, and what is published "
            f"never changes. Nothing was published. Raise the version in the contract, to {following}."
        )


def publish(objects: Objects, contract: Contract, text: bytes, json_schema: bytes) -> bool:
    """Publish a contract with the JSON Schema made from it. False: it was published before, with this text.

    The contract's own object is written first and decides; services wait for the schema beside it. A schema
    that is there already stays: another version of its exporter must not change what records are checked by.
    Safe to repeat and to run twice at once. Raises VersionTaken.
    """
    path = names.contract_path(contract.dataset, contract.version)
    created = objects.create(path, text)
    if not created:
        stored = objects.read(path)
        if stored is None or stored.content != text:
            raise VersionTaken(contract)
    completed = objects.create(names.json_schema_path(contract.dataset, contract.version), json_schema)
    return created or completed
