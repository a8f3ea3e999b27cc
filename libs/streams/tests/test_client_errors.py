from datetime import timedelta

from confluent_kafka import KafkaError
from structlog.testing import capture_logs
from tidelake.runtime.telemetry import start_telemetry
from tidelake.streams.client_errors import LOG_INTERVAL, ClientErrors
from tidelake.testkit.clock import FakeClock

DOWN = KafkaError(KafkaError.BROKER_NOT_AVAILABLE, "no broker")
OTHER = KafkaError(KafkaError.NETWORK_EXCEPTION, "cut")


def test_a_storm_of_one_error_is_a_line_now_and_then_with_its_number():
    clock = FakeClock()
    errors = ClientErrors("consumer", clock)
    with capture_logs() as lines:
        for _ in range(100):
            errors.note(DOWN)
        clock.advance(LOG_INTERVAL)
        errors.note(DOWN)
    assert [(line["code"], line["times"]) for line in lines] == [
        ("BROKER_NOT_AVAILABLE", 1),
        ("BROKER_NOT_AVAILABLE", 100),
    ]


def test_one_error_does_not_hide_another():
    errors = ClientErrors("consumer", FakeClock())
    with capture_logs() as lines:
        errors.note(DOWN)
        errors.note(OTHER)
    assert [line["code"] for line in lines] == ["BROKER_NOT_AVAILABLE", "NETWORK_EXCEPTION"]


def test_every_one_is_counted():
    clock = FakeClock()
    with start_telemetry("s", "1", "i") as telemetry:
        errors = ClientErrors("producer", clock, telemetry.meter)
        for _ in range(3):
            errors.note(DOWN)
            clock.advance(timedelta(seconds=1))
        text = telemetry.prometheus_text().decode()
    assert 'lake_kafka_client_errors_total{client="producer",code="BROKER_NOT_AVAILABLE"} 3.0' in text
