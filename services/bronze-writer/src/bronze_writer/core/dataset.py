"""A dataset as the writer needs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Dataset:
    """One major version of a dataset: one topic, one bronze table."""

    name: str
    major: int
    topic: str
    table_path: str  # below the lake's root
    commit_interval: timedelta
    description: str
    bound_topic_id: str  # the incarnation of the topic that a person accepted last
