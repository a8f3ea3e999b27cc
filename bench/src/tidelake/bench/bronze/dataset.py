"""A dataset whose topic is filled once and read by several lakes, each from the beginning."""

from dataclasses import dataclass

from tidelake.contracts.bindings import TopicBinding, bind_topic
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.publishing import publish
from tidelake.tables.objects import Objects

PARTITIONS = 3

_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {name}
name: {name}
version: 1.0.0
status: active
description: {{purpose: Records of a benchmark.}}
team: {{name: benchmarks}}
roles:
  - {{role: benchmarks, access: write}}
schema:
  - name: {name}
    logicalType: object
    properties:
      - {{name: id, logicalType: string, physicalType: string, required: true}}
slaProperties:
  - {{property: freshness, value: 5, unit: s}}
  - {{property: retention, value: 7, unit: d}}
customProperties:
  - {{property: source, value: api}}
  - {{property: mode, value: append}}
  - {{property: partitions, value: {partitions}}}
  - {{property: idFields, value: [id]}}
  - {{property: dedupeWindow, value: P1D}}
"""


@dataclass(frozen=True, slots=True)
class BenchDataset:
    """One dataset; `topic_id` is of the topic that all lakes read."""

    contract: Contract
    text: str
    topic_id: str

    def publish(self, objects: Objects) -> None:
        """Puts it into force in one lake, bound to the topic as it is filled already."""
        contract = self.contract
        bind_topic(objects, contract.dataset, contract.major, TopicBinding(contract.topic, self.topic_id))
        publish(objects, contract, self.text.encode(), json_schema=b"{}")


def bench_contract(name: str) -> tuple[Contract, str]:
    """The contract and its text."""
    text = _CONTRACT.format(name=name, partitions=PARTITIONS)
    return parse_contract(text, f"{name}.odcs.yaml"), text
