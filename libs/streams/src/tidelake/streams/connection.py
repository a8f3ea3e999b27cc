"""What every client needs to reach Kafka and to come back to it."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from confluent_kafka import KafkaError

log = structlog.get_logger()


def connection_config(
    bootstrap: str, client_id: str, options: Mapping[str, str], on_error: Callable[[KafkaError], None]
) -> dict[str, Any]:
    """librdkafka's settings that all clients share. `options` (such as `security.protocol`) win."""
    return {
        "bootstrap.servers": bootstrap,
        "client.id": client_id,
        # A broker that is back is found again within a second, not within the default ten.
        "reconnect.backoff.max.ms": 1000,
        # A partition that was added, or a topic made anew, is seen within seconds, not within five minutes.
        "topic.metadata.refresh.interval.ms": 10_000,
        # A broker that hangs, or a connection that died without a word, is given up after this.
        "socket.timeout.ms": 20_000,
        "socket.keepalive.enable": True,
        "logger": logging.getLogger("librdkafka"),
        "error_cb": on_error,
        **options,
    }


def log_client_error(client: str, error: KafkaError) -> None:
    """Connection trouble that the client library deals with by itself: said, not raised."""
    log.warning("kafka_client_error", client=client, code=error.name(), reason=error.str())
