"""The proof of gaps on the broker in memory."""

from collections.abc import Mapping, Sequence

from tidelake.streams.errors import BrokerUnavailable, UnknownTopic
from tidelake.streams.gaps import log_ends_in, log_starts_in, record_in
from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.values import TopicPartition


class MemoryGapProver:
    """Looks at the log itself."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    def unproved(self, gaps: Mapping[TopicPartition, Sequence[range]]) -> Mapping[TopicPartition, str]:
        gaps = {at: ranges for at, ranges in gaps.items() if ranges}
        if gaps and not self._broker.available:
            raise BrokerUnavailable("proving gaps", "it is away")
        reasons = {at: self._reason(at, ranges) for at, ranges in gaps.items()}
        return {at: reason for at, reason in reasons.items() if reason is not None}

    def _reason(self, at: TopicPartition, gaps: Sequence[range]) -> str | None:
        try:
            log = self._broker.log(at)
        except UnknownTopic as unknown:
            raise BrokerUnavailable("proving gaps", str(unknown)) from unknown
        for gap in gaps:
            if gap.start < log.start:
                return log_starts_in(gap)
            for offset in gap:
                if offset >= log.last_stable_offset:
                    return log_ends_in(gap, offset)
                if log.visible(offset) is not None:
                    return record_in(gap, offset)
        return None
