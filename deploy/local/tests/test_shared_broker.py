"""The broker that all suites of one test run share."""

import pytest
from confluent_kafka.admin import AdminClient


@pytest.mark.conformance
@pytest.mark.parametrize("asked", range(4))
def test_every_test_of_a_run_is_given_the_same_living_broker(kafka_bootstrap: str, asked: int) -> None:
    assert AdminClient({"bootstrap.servers": kafka_bootstrap}).list_topics(timeout=5).cluster_id
