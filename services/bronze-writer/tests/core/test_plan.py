"""The comparison before a commit, and the one after a failed commit."""

from bronze_writer.core.pending import Claim
from bronze_writer.core.plan import judge_failed_commit, plan_commit
from hypothesis import given
from hypothesis import strategies as st
from tidelake.tables.positions import OffsetRange, Source

P, Q, R = (Source("topic-id", partition) for partition in range(3))


def claim(source: Source, first: int, end: int, first_start: bool = False) -> Claim:
    return Claim(source, "events.flights", OffsetRange(first, end), first_start=first_start)


def test_only_what_starts_at_its_token_is_committed() -> None:
    same, behind, ahead = claim(P, 5, 9), claim(Q, 5, 9), claim(R, 5, 9)
    plan = plan_commit({P: 5, Q: 4, R: 6}, [same, behind, ahead])
    assert plan.commit == (same,)
    assert plan.resync == (Q, R)


def test_without_a_token_only_a_first_start_is_committed() -> None:
    first = claim(P, 7, 9, first_start=True)
    assert plan_commit({P: None}, [first]).commit == (first,)
    assert plan_commit({P: None}, [claim(P, 7, 9)]).resync == (P,)


def test_a_first_start_goes_on_if_somebody_was_there_and_left_just_there() -> None:
    first = claim(P, 7, 9, first_start=True)
    assert plan_commit({P: 7}, [first]).commit == (first,)
    assert plan_commit({P: 8}, [first]).resync == (P,)


def test_a_failed_commit_is_judged_by_where_each_token_stands() -> None:
    kept, untouched, moved = claim(P, 5, 9), claim(Q, 5, 9), claim(R, 5, 9)
    judgement = judge_failed_commit({P: 9, Q: 5, R: 7}, [kept, untouched, moved])
    assert (judgement.done, judgement.unmoved, judgement.moved) == ((kept,), (untouched,), (moved,))


def test_a_failed_first_start_is_unmoved_while_there_is_no_token() -> None:
    first = claim(P, 5, 9, first_start=True)
    assert judge_failed_commit({P: None}, [first]).unmoved == (first,)
    lost = claim(Q, 5, 9)
    assert judge_failed_commit({Q: None}, [lost]).moved == (lost,)


@given(st.none() | st.integers(0, 20), st.integers(0, 10), st.integers(1, 10), st.booleans())
def test_a_failed_commit_is_one_thing_and_planned_again_only_if_it_may_be(
    token: int | None, first: int, length: int, first_start: bool
) -> None:
    judged = claim(P, first, first + length, first_start)
    judgement = judge_failed_commit({P: token}, [judged])
    assert len(judgement.done) + len(judgement.moved) + len(judgement.unmoved) == 1
    assert bool(judgement.unmoved) == bool(plan_commit({P: token}, [judged]).commit)
