"""Reads the published contracts anew, and says which objects can't be used."""

from __future__ import annotations

import structlog
from tidelake.contracts.registry import PublishedContracts

log = structlog.get_logger()


def read_contracts(published: PublishedContracts) -> str:
    """What /readyz says of them: nothing, or the objects that can't be used, each with its reason. Raises
    StoreUnavailable, StoreRefused."""
    for path, why in published.refresh().broken.items():
        log.error("contract_unusable", path=path, message=why)
    return "; ".join(f"{path} can't be used: {why}" for path, why in published.broken().items())
