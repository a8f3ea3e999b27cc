"""Which incarnation of a topic the lake reads. A topic that is made anew has the old name and another id."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from tidelake.contracts import names
from tidelake.contracts.broken_rules import shortened
from tidelake.contracts.small_objects import MAX_WORD_BYTES, usable
from tidelake.tables.objects import Objects


@dataclass(frozen=True, slots=True)
class TopicBinding:
    """The topic that a dataset's bronze table is filled from."""

    topic: str
    topic_id: str  # Kafka's own, URL-safe base64 without padding

    def encode(self) -> bytes:
        """The binding as its object holds it."""
        return msgspec.json.encode(self)


def decode_binding(content: bytes, dataset: str, major: int) -> TopicBinding:
    """The binding in the content of a dataset's object.

    Raises UnusableObject, also when it binds another topic than the dataset's own: that one's records would
    come into this one's table.
    """

    def decode(content: bytes) -> TopicBinding:
        binding = msgspec.json.decode(content, type=TopicBinding)
        own = (names.events_topic(dataset, major), names.changes_topic(dataset, major))
        if binding.topic not in own:
            raise ValueError(f"it binds the topic {shortened(binding.topic)!r} instead of {' or '.join(own)}")
        return binding

    return usable(names.topic_binding_path(dataset, major), content, MAX_WORD_BYTES, decode)


def read_binding(objects: Objects, dataset: str, major: int) -> TopicBinding | None:
    """The binding of a dataset, or None when nobody applied it yet. Raises UnusableObject."""
    stored = objects.read(names.topic_binding_path(dataset, major))
    return decode_binding(stored.content, dataset, major) if stored else None


def bind_topic(objects: Objects, dataset: str, major: int, binding: TopicBinding) -> TopicBinding:
    """Bind the topic unless one is bound already; the one that is bound now comes back."""
    if objects.create(names.topic_binding_path(dataset, major), binding.encode()):
        return binding
    return read_binding(objects, dataset, major) or bind_topic(objects, dataset, major, binding)


def accept_new_topic(objects: Objects, dataset: str, major: int, binding: TopicBinding) -> bool:
    """Bind another incarnation in place of the one that is gone. False: somebody else did so meanwhile."""
    path = names.topic_binding_path(dataset, major)
    stored = objects.read(path)
    if stored is None:
        return objects.create(path, binding.encode())
    return objects.replace(path, binding.encode(), stored.generation)
