"""What every client needs to reach Kafka and to come back to it."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import KafkaError


def connection_config(
    bootstrap: str, client_id: str, options: Mapping[str, str], on_error: Callable[[KafkaError], None]
) -> dict[str, Any]:
    """librdkafka's settings that all clients share. `options` (such as `security.protocol`) win."""
    return {
        "bootstrap.servers": bootstrap,
        "client.id": client_id,
        # A broker that is back is found within a second, not within the default ten; one that is away is not
        # tried twenty times a second, as by default.
        "reconnect.backoff.ms": 250,
        "reconnect.backoff.max.ms": 1000,
        # A partition that was added, or a topic made anew, is seen within seconds, not within five minutes.
        "topic.metadata.refresh.interval.ms": 10_000,
        # A broker that hangs, or a connection that died without a word, is given up after this.
        "socket.timeout.ms": 20_000,
        "socket.keepalive.enable": True,
        "logger": _client_log(),
        "error_cb": on_error,
        **options,
    }


def _client_log() -> logging.Logger:
    log = logging.getLogger("librdkafka")
    # Adding the same function twice keeps one.
    log.addFilter(_is_news)
    return log


def _is_news(record: logging.LogRecord) -> bool:
    # Every failed connection, ten a second while a broker is away: the client's errors tell of them already.
    return not record.getMessage().startswith("FAIL")
