"""The published contracts and the API keys, as this process knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

import structlog
from tidelake.contracts.admission import UnusableSchema
from tidelake.contracts.contract import Version
from tidelake.contracts.keys import KeyRing
from tidelake.contracts.reading import unusable
from tidelake.contracts.registry import PublishedContract, PublishedContracts
from tidelake.runtime.clock import Clock
from tidelake.tables.objects import Objects

from ingest_router.core.serving import ServedDataset, serve_dataset, successors

log = structlog.get_logger()


class Catalogue:
    """Datasets that take events by this API, each major version at its own address, and who may send.

    Asking never waits and is safe from any thread; one thread at a time refreshes keys, and one contracts, so
    that contracts which are slow to read don't keep a revoked key alive.
    """

    def __init__(self, objects: Objects, clock: Clock, keys_valid_for: timedelta) -> None:
        self._contracts = PublishedContracts(objects)
        self._keys = KeyRing(objects)
        self._clock = clock
        self._keys_valid_s = keys_valid_for.total_seconds()
        self._keys_read_at: float | None = None
        self._contracts_read = False
        self._served: Mapping[str, ServedDataset] = MappingProxyType({})
        self._successors: Mapping[str, str] = MappingProxyType({})
        self._unusable: dict[tuple[str, Version], str] = {}

    def why_closed(self) -> str | None:
        """Why nothing may be taken by what is known now, for /readyz and senders; None if it may."""
        if self._keys_read_at is None or not self._contracts_read:
            return "keys and contracts are not read yet"
        age_s = self._clock.monotonic() - self._keys_read_at
        if age_s > self._keys_valid_s:
            return (
                f"API keys were last read {age_s:.0f} s ago and are trusted for {self._keys_valid_s:g} s "
                "(keys_valid_for), as one of them may be revoked since"
            )
        return None

    def producer_of(self, token: str) -> str | None:
        """Whose key it is; None if it is nobody's (any more)."""
        return self._keys.producer_of(token)

    def find(self, address: str) -> ServedDataset | None:
        """The newest usable version of the dataset's major version that has this address."""
        return self._served.get(address)

    def successor(self, address: str) -> str | None:
        """Address of the next major version of the same dataset."""
        return self._successors.get(address)

    def served(self) -> Sequence[ServedDataset]:
        """Every major version that is served, ordered by dataset and version."""
        return tuple(self._served.values())

    def writable(self, producer: str) -> list[str]:
        """Addresses that a producer may write to."""
        return [address for address, found in self._served.items() if producer in found.contract.producers]

    def refresh_keys(self) -> str:
        """Reads what changed of the keys. Returns what /readyz says of them: nothing, or which are broken.
        Raises StoreUnavailable or StoreRefused; what was known stays."""
        asked_at = self._clock.monotonic()
        keys = self._keys.refresh()
        self._keys_read_at = asked_at  # what was revoked later than this may not have been seen
        if keys:
            log.info("keys_changed", added=keys.added, revoked=keys.revoked, broken=dict(keys.broken))
        return unusable(self._keys.broken())

    def refresh_contracts(self) -> str:
        """As refresh_keys, of the contracts."""
        changes = self._contracts.refresh()
        for path, why in changes.broken.items():
            log.error("contract_unusable", path=path, message=why)
        if changes.published:
            self._serve()
        self._contracts_read = True
        return unusable(self._contracts.broken())

    def _serve(self) -> None:
        served = dict(self._served)
        for published in sorted(self._contracts.tables(), key=lambda found: found.table):
            contract = published.contract
            known = served.get(contract.address)
            if not contract.comes_by_door or (
                known is not None and known.contract.version >= contract.version
            ):
                continue
            if (compiled := self._compiled(published)) is not None:
                served[contract.address] = compiled
                log.info("dataset_served", dataset=contract.address, version=str(contract.version))
        in_order = sorted(served.values(), key=lambda one: (one.contract.dataset, one.contract.version))
        self._served = MappingProxyType({one.contract.address: one for one in in_order})
        self._successors = successors(in_order)

    def _compiled(self, published: PublishedContract) -> ServedDataset | None:
        """None for a contract whose schema can't be used: the version before it is then served on."""
        contract = published.contract
        if (contract.dataset, contract.version) in self._unusable:
            return None
        try:
            return serve_dataset(contract, published.json_schema)
        except UnusableSchema as error:
            self._unusable[contract.dataset, contract.version] = str(error)
            log.error("contract_unusable", dataset=contract.dataset, message=str(error))
            return None
