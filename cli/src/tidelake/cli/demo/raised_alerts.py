"""What the monitor says of the records that silver had to quarantine."""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

import orjson
from rich.console import Console
from tidelake.cli.connection import Connection
from tidelake.contracts.names import ALERTS
from tidelake.ledger.kafka_reader import read_topic
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.shutdown import Deadline, StopSignal
from tidelake.streams.topics import Topics

from .interruption import Interrupted
from .phases import phase

QUARANTINE = "QuarantineShare"
_LOOK_EVERY = timedelta(seconds=1)
_WITHIN = timedelta(minutes=1)


def firing(bootstrap: str, topics: Topics, alert: str) -> Mapping[str, str]:
    """By dataset, what the alert of that name says where it fires. Raises BrokerUnavailable, ReaderStalled,
    UnknownTopic."""
    found: dict[str, str] = {}
    for message in read_topic(bootstrap, topics, ALERTS.name):
        record = orjson.loads(message.value() or b"{}")
        if record.get("alert") == alert and record["state"] == "firing":
            found[record["dataset"]] = record["summary"]
        elif record.get("alert") == alert:
            found.pop(record["dataset"], None)
    return found


class RaisedAlerts:
    """Looks for alerts at the monitor's topic."""

    def __init__(self, connection: Connection, stop: StopSignal, console: Console) -> None:
        self._look: Callable[[], Mapping[str, str]] = lambda: firing(
            connection.kafka_bootstrap_servers, connection.topics(), QUARANTINE
        )
        self._stop = stop
        self._console = console

    def of(self, addresses: Collection[str]) -> Mapping[str, str]:
        """What the quarantine alerts of these datasets say, each told on the screen; waits a minute for them
        at most. Raises Interrupted, and what reading Kafka raises."""
        deadline = Deadline(_WITHIN, SystemClock())
        with phase(self._console, "waiting until the monitor raises its alerts", len(addresses)) as move:
            while set(addresses) - (found := self._look()).keys() and not deadline.expired:
                move(len(found))
                if self._stop.wait(_LOOK_EVERY):
                    raise Interrupted
        for address in addresses:
            says = f"[green]✓[/] the monitor's alert {QUARANTINE}: {found[address]}"
            silent = f"[red]✗[/] the monitor raised no alert {QUARANTINE} of {address} within {_WITHIN}"
            self._console.print(says if address in found else silent)
        return {address: found[address] for address in addresses if address in found}
