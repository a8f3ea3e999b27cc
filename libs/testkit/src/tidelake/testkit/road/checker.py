"""The checker: what is in Kafka, in bronze and in the senders' hands, compared position by position."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tidelake.testkit.road.records import Content, Position

_SHOWN = 5

Acknowledged = Mapping[Position, bytes]
"""Values by the position that the sender's receipt names."""
NOTHING: Acknowledged = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Findings:
    """Every fault by position, sorted. All empty: each record stands in bronze once, byte for byte."""

    lost: tuple[Position, ...]  # in Kafka and not in bronze
    doubled: tuple[Position, ...]  # in bronze more than once
    unknown: tuple[Position, ...]  # in bronze and not in Kafka
    altered: tuple[Position, ...]  # in bronze with other bytes than in Kafka, or than were sent
    unkept: tuple[Position, ...]  # acknowledged to a sender and not in bronze
    records: int  # in Kafka
    rows: int  # in bronze
    acknowledged: int

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not (self.lost or self.doubled or self.unknown or self.altered or self.unkept)

    def __str__(self) -> str:
        counted = f"{self.records} records, {self.rows} rows, {self.acknowledged} acknowledged"
        faults = [
            f"{len(found)} {name}, e.g. {', '.join(_short(at) for at in found[:_SHOWN])}"
            for name in ("lost", "doubled", "unknown", "altered", "unkept")
            if (found := getattr(self, name))
        ]
        return "; ".join([counted, *faults]) if faults else f"{counted}, no fault"


def compare(
    kafka: Mapping[Position, Content],
    bronze: Iterable[tuple[Position, Content]],
    acknowledged: Acknowledged = NOTHING,
) -> Findings:
    """`kafka`: every committed record of every incarnation of the topic; `bronze`: every row of the table;
    `acknowledged`: what senders were told that is kept."""
    rows: dict[Position, Content] = {}
    times: Counter[Position] = Counter()
    altered: set[Position] = set()
    for position, content in bronze:
        rows[position] = content
        times[position] += 1
        if position in kafka and kafka[position] != content:
            altered.add(position)
        if position in acknowledged and acknowledged[position] != content.value:
            altered.add(position)
    return Findings(
        lost=tuple(sorted(kafka.keys() - rows.keys())),
        doubled=tuple(sorted(position for position, count in times.items() if count > 1)),
        unknown=tuple(sorted(rows.keys() - kafka.keys())),
        altered=tuple(sorted(altered)),
        unkept=tuple(sorted(acknowledged.keys() - rows.keys())),
        records=len(kafka),
        rows=times.total(),
        acknowledged=len(acknowledged),
    )


def _short(position: Position) -> str:
    return f"{position.topic_id}/{position.partition}@{position.offset}"
