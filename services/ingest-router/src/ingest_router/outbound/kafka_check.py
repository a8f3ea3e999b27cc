"""Asks Kafka again and again whether it is there, so that senders need not find out by waiting."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from tidelake.runtime.health import Health
from tidelake.streams.errors import AdminRefused, BrokerUnavailable
from tidelake.streams.topics import Topics

log = structlog.get_logger()


class KafkaCheck:
    """Keeps component `kafka` of the health up to date. `reachable` is what the last answer said."""

    def __init__(self, topics: Topics, health: Health, probe_topic: str) -> None:
        self._topics = topics
        self._health = health
        self._probe_topic = probe_topic
        self.reachable = False
        health.set("kafka", False, "not asked yet")

    async def step(self) -> None:
        """Asks once. Does not raise when Kafka is away or refuses."""
        try:
            await asyncio.to_thread(self._topics.topic_ids, [self._probe_topic])
        except (BrokerUnavailable, AdminRefused) as error:
            if self.reachable:
                log.warning("kafka_unreachable", message=str(error))
            self.reachable = False
            self._health.set("kafka", False, str(error))
            return
        if not self.reachable:
            log.info("kafka_reachable")
        self.reachable = True
        self._health.set("kafka", True)

    async def run(self, interval: timedelta) -> None:
        """Asks for ever; cancel it to end it."""
        while True:
            await self.step()
            await asyncio.sleep(interval.total_seconds())
