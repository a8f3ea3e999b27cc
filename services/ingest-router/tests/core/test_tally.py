from hypothesis import given
from hypothesis import strategies as st
from ingest_router.core.outcomes import Accepted, NotTaken, Receipt, Refused, Unconfirmed, outcome
from ingest_router.core.tally import Tally
from tidelake.contracts.broken_rules import BrokenRule
from tidelake.contracts.contract import Version

V1 = Version(1, 0, 0)


def rule(name: str) -> Receipt:
    return Refused(0, (BrokenRule("f", name, "v", "e"),))


RECEIPTS = st.sampled_from(
    [
        Accepted(0, "a", True, "events.x", 0, 7),
        Unconfirmed(0, "a", True),
        NotTaken(0, "a", True, "gone"),
        rule("type"),
        rule("json"),
    ]
)


@given(requests=st.lists(st.tuples(st.sampled_from(["x", "y"]), st.lists(RECEIPTS, min_size=1))))
def test_both_sides_are_equal_after_every_request(requests: list[tuple[str, list[Receipt]]]) -> None:
    tally = Tally()
    for dataset, receipts in requests:
        tally.add(outcome(dataset, V1, tuple(receipts)))
        for count in tally.counts():
            assert count.received == count.acknowledged + sum(count.refused.values()) + count.unconfirmed
    assert sum(count.received for count in tally.counts()) == sum(len(r) for _, r in requests)


def test_a_count_that_was_read_does_not_change_any_more() -> None:
    tally = Tally()
    tally.add(outcome("x", V1, (rule("type"),)))
    (before,) = tally.counts()
    tally.add(outcome("x", V1, (rule("type"),)))
    (after,) = tally.counts()
    assert before.refused == {"type": 1}
    assert after.refused == {"type": 2}
    assert after.revision > before.revision
