"""What every call works on, and the shape that every call has."""

from collections.abc import Callable
from dataclasses import dataclass

from tidelake.testkit.gcs.exchange import Request, Response
from tidelake.testkit.gcs.routes import Call
from tidelake.testkit.gcs.staging import Uploads
from tidelake.testkit.gcs.store import Store


@dataclass(frozen=True, slots=True)
class Lake:
    """The state of the emulator: what is stored, and what is being uploaded."""

    store: Store
    uploads: Uploads


Handler = Callable[[Lake, Call, Request], Response]
