import logging

import pytest
from confluent_kafka import KafkaError
from tidelake.streams.connection import connection_config


def _ignore(_error: KafkaError) -> None:
    """Not called here."""


def test_options_win_over_what_all_clients_share():
    config = connection_config(
        "kafka:9092", "door", {"socket.timeout.ms": "5", "security.protocol": "ssl"}, _ignore
    )
    assert (config["bootstrap.servers"], config["client.id"]) == ("kafka:9092", "door")
    assert (config["socket.timeout.ms"], config["security.protocol"]) == ("5", "ssl")


def test_each_failed_connection_is_no_line_and_everything_else_is(caplog: pytest.LogCaptureFixture):
    log: logging.Logger = connection_config("kafka:9092", "door", {}, _ignore)["logger"]
    connection_config("kafka:9092", "door", {}, _ignore)
    log.error("FAIL [c#consumer-3] [thrd:127.0.0.1:1/bootstrap]: Connect failed: Connection refused")
    log.warning("SESSTMOUT [c#consumer-3] Consumer group session timed out")
    assert [record.getMessage()[:9] for record in caplog.records] == ["SESSTMOUT"]
