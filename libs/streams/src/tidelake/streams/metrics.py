"""Every metric that the Kafka clients keep, with its meaning."""

from opentelemetry.metrics import Counter, Meter, NoOpMeter

NO_METER: Meter = NoOpMeter("none")


def client_errors(meter: Meter) -> Counter:
    """Errors that a client dealt with by itself, by client (consumer, producer) and code."""
    return meter.create_counter(
        "lake.kafka.client.errors",
        unit="{error}",
        description="Errors that the Kafka client dealt with itself",
    )


def commit_failures(meter: Meter) -> Counter:
    """Kafka offset commits that failed, by code. Lag figures of Kafka's own are then behind; data is not."""
    return meter.create_counter(
        "lake.kafka.commit.failures", unit="{commit}", description="Kafka offset commits that failed"
    )
