"""What each reader of the ledger counted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class KafkaPartition:
    """Committed records of one partition between its log start and its last stable offset."""

    topic_id: str
    topic: str
    partition: int
    log_start: int  # included
    stable_end: int  # not included
    offsets: NDArray[np.int64]  # sorted, one per committed record
    aborted: int  # records of aborted transactions, which no committed reader sees
    empty: int  # offsets where nothing is: transaction markers, or records that compaction took


@dataclass(frozen=True, slots=True)
class BronzePartition:
    """Rows of one partition in the bronze table."""

    topic_id: str
    partition: int
    offsets: NDArray[np.int64]  # unsorted, one per row
    first_covered: int | None  # the first offset that a writer ever read; None: never written
    next_offset: int | None  # the table's commit token; None: never written


@dataclass(frozen=True, slots=True)
class BronzeIds:
    """Event ids (Kafka keys) over all rows of a bronze table."""

    rows: int
    distinct: int
    without: int  # rows without a key


@dataclass(frozen=True, slots=True)
class DoorCount:
    """The newest count that one run of an ingest-router published for one address, since the run's start."""

    dataset: str  # as senders address it
    major: int | None  # None: by an older door, which counted all major versions under the dataset's name
    run_id: str
    instance: str
    received: int
    acknowledged: int
    refused: Mapping[str, int]
    unconfirmed: int
    final: bool  # the run ended in order, so that nothing is behind this count
    lives: bool  # known to run still, so that what is behind this count comes within a second
