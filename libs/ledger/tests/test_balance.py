from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tidelake.ledger.balance import DatasetBalance, PartitionBalance, balance_door, balance_partition
from tidelake.ledger.counts import BronzePartition, DoorCount, KafkaPartition
from tidelake.tables.positions import OffsetRange


def balance(
    kafka: Sequence[int],
    bronze: Sequence[int],
    *,
    log_start: int = 0,
    end: int = 10,
    first: int | None = 0,
    token: int | None = 10,
    given_up: Sequence[OffsetRange] = (),
    end_after: int | None = None,
) -> PartitionBalance:
    return balance_partition(
        KafkaPartition("topic-id", "events.t", 0, log_start, end, np.array(kafka, dtype=np.int64), 0, 0),
        BronzePartition("topic-id", 0, np.array(bronze, dtype=np.int64), first, token),
        given_up,
        end if end_after is None else end_after,
    )


def test_bronze_that_went_on_while_kafka_was_counted_is_not_past_its_end():
    found = balance(range(10), range(15), token=15, end_after=20)
    assert (found.beyond_end, found.balanced) == (0, True)


def test_equal_positions_balance():
    found = balance(range(10), range(10))
    assert found.balanced
    assert (found.kafka_records, found.bronze_rows) == (10, 10)


def test_a_lost_and_a_doubled_row_do_not_cancel_each_other_out():
    found = balance(range(10), [0, 1, 2, 3, 3, 5, 6, 7, 8, 9])
    assert not found.balanced
    assert (found.missing, found.doubled, found.examples) == (1, 1, (4, 3))


def test_a_row_that_kafka_never_had_is_found():
    found = balance([0, 1, 2], [0, 1, 2, 5])
    assert (found.unknown, found.balanced) == (1, False)


def test_records_behind_the_token_are_waiting_and_not_missing():
    found = balance(range(10), range(6), token=6)
    assert (found.waiting, found.missing, found.balanced) == (4, 0, False)


def test_records_before_the_first_covered_offset_are_named_and_are_no_gap():
    found = balance(range(10), range(4, 10), first=4)
    assert (found.not_covered, found.missing, found.balanced) == (4, 0, True)


def test_rows_that_kafka_no_longer_keeps_are_expired_and_not_unknown():
    found = balance(range(6, 10), range(10), log_start=6)
    assert (found.expired, found.unknown, found.balanced) == (6, 0, True)


def test_a_partition_that_was_never_written_waits():
    found = balance([0, 1], [], end=2, first=None, token=None)
    assert (found.waiting, found.balanced) == (2, False)


def test_what_kafka_deleted_before_it_was_read_is_lost_and_not_balanced():
    found = balance([], range(1000), log_start=2000, end=2000, token=1000)
    assert (found.deleted_unread, found.balanced) == (1000, False)


def test_a_token_past_kafka_s_end_is_found():
    found = balance(range(5), range(10), end=5, token=10)
    assert (found.beyond_end, found.balanced) == (5, False)


def test_covered_offsets_without_a_row_that_kafka_no_longer_keeps_are_named():
    found = balance(range(6, 10), [0, 1, 2, *range(6, 10)], log_start=6)
    assert (found.unproved, found.expired, found.balanced) == (3, 3, True)


def test_what_a_person_gave_up_is_named_as_lost_and_not_as_unproved():
    found = balance(range(6, 10), [0, *range(6, 10)], log_start=6, given_up=[OffsetRange(2, 6)])
    assert (found.given_up, found.unproved, found.balanced) == (4, 1, True)


def test_only_what_has_no_row_is_given_up_and_each_offset_once():
    twice = [OffsetRange(0, 6), OffsetRange(3, 6)]
    found = balance(range(6, 10), [0, 1, 2, *range(6, 10)], log_start=6, given_up=twice)
    assert (found.given_up, found.unproved) == (3, 0)


def test_what_is_given_up_and_not_yet_passed_over_is_still_deleted_unread():
    found = balance([], range(3), log_start=6, end=6, token=3, given_up=[OffsetRange(3, 6)])
    assert (found.deleted_unread, found.given_up, found.balanced) == (3, 0, False)


def test_nothing_is_given_up_of_what_bronze_never_covered():
    found = balance([], [], log_start=6, end=6, first=None, token=None, given_up=[OffsetRange(0, 6)])
    assert found.given_up == 0


@given(st.sets(st.integers(0, 60)), st.lists(st.integers(0, 60), max_size=80))
def test_bronze_balances_exactly_when_it_holds_each_position_once(kafka: set[int], bronze: list[int]):
    found = balance(sorted(kafka), bronze, end=61, token=61)
    assert found.balanced == (sorted(bronze) == sorted(kafka))
    distinct = found.bronze_rows - found.doubled
    assert distinct - found.unknown == found.kafka_records - found.missing


def door(
    received: int,
    acknowledged: int,
    refused: dict[str, int],
    unconfirmed: int,
    *,
    final: bool = True,
    lives: bool = False,
    major: int | None = 1,
):
    return DoorCount("t", major, "run", "router", received, acknowledged, refused, unconfirmed, final, lives)


def test_the_door_sums_its_runs():
    found = balance_door([door(10, 8, {"type": 2}, 0), door(5, 3, {"type": 1}, 1, final=False)])
    assert found.balanced
    assert (found.received, found.acknowledged, found.refused, found.unconfirmed) == (15, 11, {"type": 3}, 1)
    assert found.unfinished_runs == 1


def test_a_run_that_is_known_to_live_owes_no_last_count_yet():
    assert balance_door([door(10, 10, {}, 0, final=False, lives=True)]).unfinished_runs == 0


def test_a_record_that_the_door_can_not_account_for_unbalances_it():
    assert not balance_door([door(10, 8, {}, 1)]).balanced


def of_dataset(major: int, counts: Sequence[DoorCount], records: int, *, only_major: bool = False):
    return DatasetBalance(
        dataset="t",
        major=major,
        source="api",
        only_major=only_major,
        bronze_version=1,
        door=balance_door(counts),
        partitions=(balance(range(records), range(records), end=records, token=records),),
        rows_of_earlier_topics=0,
        rows=records,
        distinct_ids=records,
        rows_without_id=0,
        silver=None,
    )


def test_each_of_two_major_versions_balances_with_its_own_counts_and_topic():
    first, second = of_dataset(1, [door(7, 7, {}, 0)], 7), of_dataset(2, [door(3, 3, {}, 0, major=2)], 3)
    assert (first.address, second.address) == ("t", "t.v2")
    assert first.balanced
    assert second.balanced
    assert first.door_comparable
    assert second.door_comparable


def test_an_acknowledged_record_that_one_of_two_major_versions_lacks_is_found():
    found = of_dataset(1, [door(8, 8, {}, 0)], 7)
    assert (found.acknowledged_not_in_kafka, found.balanced) == (1, False)


def test_counts_of_a_door_that_did_not_tell_major_versions_apart_are_not_compared_with_one_topic():
    older = [door(10, 10, {}, 0, major=None), door(3, 3, {}, 0)]
    assert not of_dataset(1, older, 7).door_comparable
    assert of_dataset(1, older, 7).balanced
    assert of_dataset(1, older, 7, only_major=True).acknowledged_not_in_kafka == 6
