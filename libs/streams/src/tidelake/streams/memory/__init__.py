"""Kafka in memory: one broker that consumers, producers and admins of a test share.

Deterministic, without threads and without waiting: things happen only inside the calls that a test makes. It
passes the same conformance suite as the clients on Kafka.
"""

from tidelake.streams.memory.broker import MemoryBroker, MemoryTransaction
from tidelake.streams.memory.consumer import MemoryConsumer
from tidelake.streams.memory.gaps import MemoryGapProver
from tidelake.streams.memory.message import MemoryMessage
from tidelake.streams.memory.producer import MemoryProducer
from tidelake.streams.memory.topics import MemoryTopics

__all__ = [
    "MemoryBroker",
    "MemoryConsumer",
    "MemoryGapProver",
    "MemoryMessage",
    "MemoryProducer",
    "MemoryTopics",
    "MemoryTransaction",
]
