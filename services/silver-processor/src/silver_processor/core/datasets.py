"""The datasets that silver processes, out of what is published."""

from __future__ import annotations

from tidelake.contracts.contract import Contract
from tidelake.contracts.registry import PublishedContracts


def datasets_of(published: PublishedContracts) -> tuple[Contract, ...]:
    """The newest contract of each major version whose topic is bound, and whose records silver can read."""
    return tuple(
        found.contract
        for found in published.tables()
        if found.contract.has_silver and published.binding(*found.table) is not None
    )
