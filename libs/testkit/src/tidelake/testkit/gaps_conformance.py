"""What the proof of gaps must tell apart."""

import pytest
from tidelake.streams.errors import BrokerUnavailable
from tidelake.streams.values import TopicPartition
from tidelake.testkit.streams_labs import StreamsLab
from tidelake.testkit.streams_reading import end_is, write


class GapsConformance:
    """Needs a fixture `lab: StreamsLab`."""

    def test_markers_and_aborted_records_are_proved(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        write(lab, tp, 2)
        committed = lab.transaction()
        committed.append(tp, b"kept")
        committed.commit()
        aborted = lab.transaction()
        aborted.append(tp, b"dropped")
        aborted.append(tp, b"dropped")
        aborted.abort()
        end_is(lab, tp, 7)
        write(lab, tp, 1)
        end_is(lab, tp, 8)
        assert lab.gap_prover().unproved({tp: [range(3, 7)]}) == {}
        assert lab.gap_prover().unproved({tp: [range(3, 4), range(4, 6), range(6, 7)]}) == {}

    def test_a_gap_at_the_end_of_the_log_is_proved(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        transaction = lab.transaction()
        transaction.append(tp, b"kept")
        transaction.commit()
        end_is(lab, tp, 2)
        assert lab.gap_prover().unproved({tp: [range(1, 2)]}) == {}

    def test_a_record_in_a_gap_is_named(self, lab: StreamsLab):
        one, other = (TopicPartition(lab.new_topic(), 0) for _ in range(2))
        for tp in (one, other):
            write(lab, tp, 10)
        reasons = lab.gap_prover().unproved({one: [range(3, 6)], other: [range(9, 10)]})
        assert set(reasons) == {one, other}
        assert "offset 3," in reasons[one]
        assert "offset 9," in reasons[other]

    def test_a_record_in_a_later_gap_is_found_however_far_it_is(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        transaction = lab.transaction()
        transaction.append(tp, b"kept")
        transaction.commit()
        write(lab, tp, 5000)
        end_is(lab, tp, 5002)
        prover = lab.gap_prover()
        assert prover.unproved({tp: [range(1, 2)]}) == {}
        assert "offset 4000," in prover.unproved({tp: [range(1, 2), range(4000, 4001)]})[tp]
        assert "offset 20," in prover.unproved({tp: [range(1, 2), range(20, 21)]})[tp]

    def test_many_gaps_are_proved_together(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        gaps: list[range] = []
        at = 0
        for number in range(4):
            write(lab, tp, 1 if number % 2 else 1500)
            at += 1 if number % 2 else 1500
            aborted = lab.transaction()
            aborted.append(tp, b"dropped")
            aborted.abort()
            end_is(lab, tp, at + 2)
            gaps.append(range(at, at + 2))
            at += 2
        assert lab.gap_prover().unproved({tp: gaps}) == {}

    def test_a_log_that_ends_before_the_gap_does_proves_nothing(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        transaction = lab.transaction()
        transaction.append(tp, b"kept")
        transaction.commit()
        end_is(lab, tp, 2)
        assert "ends at offset 2," in lab.gap_prover().unproved({tp: [range(1, 5)]})[tp]

    def test_a_gap_whose_log_was_deleted_is_not_proved(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        write(lab, tp, 10)
        lab.move_log_start(tp, 5)
        assert "from 2 on were deleted" in lab.gap_prover().unproved({tp: [range(2, 4)]})[tp]

    def test_an_unknown_topic_proves_nothing(self, lab: StreamsLab):
        with pytest.raises(BrokerUnavailable):
            lab.gap_prover().unproved({TopicPartition(lab.new_name(), 0): [range(1)]})

    def test_no_gap_asks_nothing(self, lab: StreamsLab):
        assert lab.gap_prover().unproved({}) == {}
        assert lab.gap_prover().unproved({TopicPartition(lab.new_name(), 0): []}) == {}
