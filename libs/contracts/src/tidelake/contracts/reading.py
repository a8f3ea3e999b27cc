"""Reads the published contracts anew, and says which objects can't be used."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from tidelake.contracts.registry import PublishedContracts

log = structlog.get_logger()


def read_contracts(published: PublishedContracts) -> str:
    """What /readyz says of them: nothing, or the objects that can't be used, each with its reason. Raises
    StoreUnavailable, StoreRefused."""
    for path, why in published.refresh().broken.items():
        log.error("contract_unusable", path=path, message=why)
    return unusable(published.broken())


def unusable(broken: Mapping[str, str]) -> str:
    """The words of /readyz for objects that can't be used. `broken`: why, by path."""
    return "; ".join(f"{path} can't be used: {why}" for path, why in broken.items())
