"""Commits of partitions that the worker has, and of some that it has no more, on a real broker."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer  # pyright: ignore[reportMissingTypeStubs]
from aiokafka.structs import TopicPartition  # pyright: ignore[reportMissingTypeStubs]
from ingest_router.inbound.owned_commit import commit_owned
from tidelake.testkit.road.dataset import make_topic

pytestmark = pytest.mark.conformance
TOPIC = f"test-{uuid4()}"


@pytest.fixture
async def consumer(kafka_bootstrap: str) -> AsyncGenerator[Any]:
    make_topic(kafka_bootstrap, TOPIC, 3)
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=kafka_bootstrap, group_id=TOPIC, enable_auto_commit=False
    )
    await consumer.start()
    consumer.assign([TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)])
    yield consumer
    await consumer.stop()


async def test_what_is_another_workers_is_left_out_and_ends_nothing(consumer: Any) -> None:
    assert not await commit_owned(consumer, TOPIC, {2: 5})
    assert await commit_owned(consumer, TOPIC, {0: 7, 2: 5})
    committed = [await consumer.committed(TopicPartition(TOPIC, number)) for number in range(3)]
    assert committed == [7, None, None]
