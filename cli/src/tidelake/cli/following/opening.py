"""Which databases and which Kafka Connect a lake follows tables with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidelake.contracts.contract import Contract

from .following import Following
from .problems import NoConnect

if TYPE_CHECKING:
    from tidelake.cli.connection import Connection


def open_following(connection: Connection, contract: Contract) -> Following | None:
    """The way of a dataset to its table; None: it follows none.

    Raises NoConnect, LocalStackStopped, UnusableLogin.
    """
    if contract.table is None:
        return None
    sources = connection.sources
    if sources is None:
        raise NoConnect(contract)
    from tidelake.cli.connection import CONNECT
    from tidelake.local.source_login import SourceLogin

    from .connect_api import ConnectApi
    from .database import SourceDatabase

    connection.require(CONNECT)
    login = SourceLogin.read(sources.logins, contract.table.database)
    return Following(
        contract,
        contract.table,
        SourceDatabase(login, contract.table.database),
        ConnectApi(sources.connect_url),
        connection.objects(),
        login.path,
        connection.replication,
    )
