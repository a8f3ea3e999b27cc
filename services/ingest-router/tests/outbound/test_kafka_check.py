from ingest_router.outbound.kafka_check import KafkaCheck
from tidelake.runtime.health import Health
from tidelake.streams.memory import MemoryBroker, MemoryTopics


async def test_kafka_away_at_start_is_not_ready_with_its_reason_until_it_is_back() -> None:
    broker, health = MemoryBroker(), Health()
    broker.available = False
    check = KafkaCheck(MemoryTopics(broker), health, "ingest-counts")
    await check.step()
    assert not check.reachable
    assert "Kafka did not answer" in str(health.report())
    broker.available = True
    await check.step()
    assert check.reachable
    assert health.ready()


async def test_a_missing_counts_topic_stops_no_events() -> None:
    health = Health()
    check = KafkaCheck(MemoryTopics(MemoryBroker()), health, "ingest-counts")
    await check.step()
    assert health.ready()
