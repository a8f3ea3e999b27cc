"""confluent-kafka's AdminClient, as all that asks Kafka for its own affairs shares it."""

# confluent_kafka.admin does not mark its public names as such.
# pyright: reportPrivateImportUsage=false

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar, cast

import structlog
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from tidelake.runtime.clock import SystemClock
from tidelake.streams import codes
from tidelake.streams.client_errors import ClientErrors
from tidelake.streams.connection import connection_config
from tidelake.streams.errors import BrokerUnavailable
from tidelake.streams.silence import Silence

log = structlog.get_logger()

T = TypeVar("T")


class Admin:
    """Any thread may ask `client`, by `answer`. What it is asked is to end within `timeout`."""

    def __init__(
        self, bootstrap: str, client_id: str, timeout: timedelta, options: Mapping[str, str] | None = None
    ) -> None:
        clock = SystemClock()
        self.timeout_s = timeout.total_seconds()
        self._config = connection_config(
            bootstrap, client_id, options or {}, ClientErrors("admin", clock).note
        )
        self._silence = Silence(clock)
        # Any: its calls return futures without a type.
        self.client: Any = AdminClient(self._config)

    def answer(self, doing: str, ask: Callable[[], T]) -> T:
        """What Kafka says. Raises BrokerUnavailable when it says nothing, KafkaException as it refuses."""
        try:
            said = ask()
        except TimeoutError:
            self._note_silence()
            raise BrokerUnavailable(doing, f"no answer within {self.timeout_s:g} s") from None
        except KafkaException as error:
            problem = cast("KafkaError", error.args[0])
            if problem.code() in codes.NO_ANSWER:
                self._note_silence()
                raise BrokerUnavailable(doing, f"{problem.name()}: {problem.str()}") from error
            self._silence.end()
            raise
        self._silence.end()
        return said

    def _note_silence(self) -> None:
        self._silence.begin()
        if not self._silence.is_long():
            return
        log.warning("kafka_client_replaced", client="admin")
        given_up, self.client = [self.client], AdminClient(self._config)
        # Its end may wait for what was asked of it.
        threading.Thread(target=given_up.clear, name="kafka-admin-end", daemon=True).start()
