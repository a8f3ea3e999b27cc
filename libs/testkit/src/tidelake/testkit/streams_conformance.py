"""What every stream platform of the lake must do: one suite, run on Kafka and on its twin in memory.

A test module subclasses `StreamsConformance`, calls it Test..., and gives it a fixture `lab: StreamsLab`.
"""

from tidelake.testkit.consumer_conformance import ConsumerConformance
from tidelake.testkit.gaps_conformance import GapsConformance
from tidelake.testkit.group_conformance import GroupConformance
from tidelake.testkit.producer_conformance import ProducerConformance
from tidelake.testkit.topics_conformance import TopicsConformance


class StreamsConformance(
    ConsumerConformance, GapsConformance, GroupConformance, ProducerConformance, TopicsConformance
):
    """Consumer, proof of gaps, group, producer and admin together."""
