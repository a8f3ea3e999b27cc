"""Looks at the connectors of all datasets that follow tables."""

from __future__ import annotations

from collections.abc import Sequence

from tidelake.contracts.contract import Contract
from tidelake.contracts.registry import PublishedContracts
from tidelake.streams.connectors import ConnectorStatus

from monitor.core.sources import FollowedTable
from monitor.flows.ports import Connectors
from monitor.outbound.connect import ConnectSilent

_ABSENT = ConnectorStatus("absent")


class SourcesLook:
    """Asks once for all of them. For one thread."""

    def __init__(self, connect: Connectors | None) -> None:
        """None: nobody said where Connect is, and nothing is known of any."""
        self._connect = connect

    def look(self, published: PublishedContracts) -> Sequence[FollowedTable]:
        """Never raises: of a Connect that does not answer each dataset says so. An old major version whose
        connector was deleted is followed no more."""
        contracts = [one.contract for one in published.tables() if published.binding(*one.table) is not None]
        followed = [contract for contract in contracts if contract.table is not None]
        if self._connect is None or not followed:
            return ()
        try:
            found = self._connect.connectors()
        except ConnectSilent as silent:
            return [_followed(contract, None, str(silent)) for contract in followed]
        newest = {contract.dataset: contract.major for contract in contracts}  # in their order
        return [
            _followed(contract, found.get(contract.topic, _ABSENT))
            for contract in followed
            if contract.topic in found or contract.major == newest[contract.dataset]
        ]


def _followed(contract: Contract, status: ConnectorStatus | None, silence: str = "") -> FollowedTable:
    return FollowedTable(
        contract.address, contract.owner, str(contract.table), contract.topic, status, silence
    )
