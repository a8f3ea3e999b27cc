"""Consumer groups as Kafka has them, for who is not a member."""

# confluent_kafka.admin does not mark its public names as such.
# pyright: reportPrivateImportUsage=false

from datetime import timedelta
from typing import Any, cast

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConsumerGroupDescription
from tidelake.runtime.clock import SystemClock
from tidelake.streams.client_errors import ClientErrors
from tidelake.streams.connection import connection_config
from tidelake.streams.errors import BrokerUnavailable


class KafkaGroups:
    """Any thread may call; each call ends within `timeout`."""

    def __init__(self, bootstrap: str, client_id: str, timeout: timedelta) -> None:
        self._timeout_s = timeout.total_seconds()
        errors = ClientErrors("admin", SystemClock())
        # Any: its calls return futures without a type.
        self._client: Any = AdminClient(connection_config(bootstrap, client_id, {}, errors.note))

    def members(self, group: str) -> frozenset[str]:
        """Client ids of the members that Kafka counts as alive; none of a group that never was. Who was
        killed is one for the session timeout. Raises BrokerUnavailable."""
        asked = self._client.describe_consumer_groups([group], request_timeout=self._timeout_s)[group]
        try:
            found = cast("ConsumerGroupDescription", asked.result(self._timeout_s + 1))
        except TimeoutError:
            doing, reason = "asking for a group's members", f"no answer within {self._timeout_s:g} s"
            raise BrokerUnavailable(doing, reason) from None
        except KafkaException as error:
            problem = cast("KafkaError", error.args[0])
            if problem.code() == KafkaError.GROUP_ID_NOT_FOUND:
                return frozenset()
            reason = f"{problem.name()}: {problem.str()}"
            raise BrokerUnavailable("asking for a group's members", reason) from error
        return frozenset(str(member.client_id) for member in found.members)
