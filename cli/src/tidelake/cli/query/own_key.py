"""The key that the local stack's owner asks with: made once, kept beside the stack's state."""

from datetime import UTC, datetime

from tidelake.cli.connection import Connection
from tidelake.cli.kept_keys import kept_key
from tidelake.cli.known_keys import gateway_knows, wait_until_known
from tidelake.cli.patience import interruptible
from tidelake.contracts.keys import DATA_ENGINEERING
from tidelake.local.home import Home
from tidelake.runtime.clock import SystemClock


def engineers_key(connection: Connection, home: Home) -> str:
    """A key that reads everything. One that was just made is waited for, a few seconds at most: if the
    gateway still does not know it then, its answer says so."""
    key = kept_key(connection.objects(), DATA_ENGINEERING, home.engineer_key, datetime.now(UTC))
    url = connection.gateway_url
    if url is not None:
        with interruptible() as stop:
            wait_until_known(lambda: gateway_knows(url, key), SystemClock(), stop.wait)
    return key
