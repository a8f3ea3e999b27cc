"""Consumer groups as Kafka has them, for who is not a member."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from confluent_kafka import KafkaError, KafkaException
from tidelake.streams.admin import Admin
from tidelake.streams.errors import BrokerUnavailable

_DOING = "asking for a group's members"


class KafkaGroups:
    """Any thread may call; each call ends within `timeout`."""

    def __init__(self, bootstrap: str, client_id: str, timeout: timedelta) -> None:
        self._admin = Admin(bootstrap, client_id, timeout)

    def members(self, group: str) -> frozenset[str]:
        """Client ids of the members that Kafka counts as alive; none of a group that never was. Who was
        killed is one for the session timeout. Raises BrokerUnavailable."""
        try:
            # Not describe_consumer_groups: librdkafka 2.16 may end the process by a failed assertion
            # (rd_kafka_enq_once_del_source_return) when Kafka dies under it.
            found: Sequence[Any] = self._admin.answer(
                _DOING, lambda: self._admin.client.list_groups(group, timeout=self._admin.timeout_s)
            )
        except KafkaException as error:
            raise _unavailable(cast("KafkaError", error.args[0])) from error
        for one in found:
            if one.error is not None:
                raise _unavailable(one.error)
        return frozenset(str(member.client_id) for one in found for member in one.members)


def _unavailable(problem: KafkaError) -> BrokerUnavailable:
    return BrokerUnavailable(_DOING, f"{problem.name()}: {problem.str()}")
