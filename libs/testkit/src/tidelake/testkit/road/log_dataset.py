"""A small dataset of log lines of its own for a test, published as a team's would be."""

import uuid

from tidelake.tables.storage import LakeStorage
from tidelake.testkit.road.dataset import Dataset, put_into_force

_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {name}
name: {name}
version: 1.0.0
status: active
team: {{name: test-owners}}
schema:
  - name: {name}
    logicalType: object
    properties:
      - {{name: id, logicalType: string, physicalType: string, required: true}}
      - {{name: n, logicalType: integer, physicalType: bigint, required: true}}
slaProperties:
  - {{property: freshness, value: 1, unit: s}}
  - {{property: retention, value: 1, unit: d}}
customProperties:
  - {{property: source, value: log}}
  - {{property: mode, value: append}}
  - {{property: partitions, value: {partitions}}}
  - {{property: idFields, value: [id]}}
  - {{property: logStream, value: {stream}}}
  - {{property: logPattern, value: '(?<id>[^ ]+) (?<n>[^ ]*)'}}
"""


def publish_log_dataset(
    storage: LakeStorage,
    bootstrap: str,
    *,
    stream: str | None = None,
    partitions: int = 2,
    max_record_bytes: int = 1024 * 1024,
) -> Dataset:
    """Makes the topic, binds it, publishes the contract. Without `stream` it is the name of the dataset."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    text = _CONTRACT.format(name=name, stream=stream or name, partitions=partitions)
    return put_into_force(storage, bootstrap, text, b'{"type": "object"}', max_record_bytes)
