from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from tidelake.streams.memory.group import Group, Member
from tidelake.streams.values import TopicPartition


def _group(partitions: int) -> Group:
    return Group(lambda topic: partitions)


def _settle(group: Group) -> None:
    for _ in range(2):
        for member in group.members:
            group.release(group.to_revoke(member))
            group.take(member, group.to_assign(member))


def _loads(group: Group) -> list[int]:
    return sorted(len(group.owned(member)) for member in group.members)


def test_nothing_is_taken_before_the_owner_has_given_it_up():
    group = _group(2)
    first, second = Member(frozenset({"t"})), Member(frozenset({"t"}))
    group.join(first)
    group.take(first, group.to_assign(first))
    group.join(second)
    assert len(group.to_revoke(first)) == 1
    assert group.to_assign(second) == frozenset()
    going = group.to_revoke(first)
    group.release(going)
    assert group.to_assign(second) == going


def test_a_member_reads_only_what_it_subscribed_to():
    group = _group(2)
    one, both = Member(frozenset({"a"})), Member(frozenset({"a", "b"}))
    group.join(one)
    group.join(both)
    _settle(group)
    assert {partition.topic for partition in group.owned(one)} == {"a"}
    assert _loads(group) == [2, 2]


@given(st.integers(0, 7), st.lists(st.integers(0, 5), max_size=12))
def test_whoever_comes_and_goes_each_partition_has_one_owner_and_loads_differ_by_one(
    partitions: int, steps: list[int]
):
    group = _group(partitions)
    for step in steps:
        if step < len(group.members):
            group.leave(group.members[step])
        else:
            group.join(Member(frozenset({"t"})))
        _settle(group)
        if group.members:
            assert set(group.owners) == {TopicPartition("t", n) for n in range(partitions)}
            assert _loads(group)[-1] - _loads(group)[0] <= 1
        else:
            assert not group.owners


def test_joining_moves_no_more_than_it_must():
    group = _group(6)
    first, second = Member(frozenset({"t"})), Member(frozenset({"t"}))
    for member in (first, second):
        group.join(member)
        _settle(group)
    before = {member: group.owned(member) for member in (first, second)}
    group.join(Member(frozenset({"t"})))
    _settle(group)
    kept: Callable[[Member], int] = lambda member: len(before[member] & group.owned(member))  # noqa: E731
    assert (kept(first), kept(second)) == (2, 2)
