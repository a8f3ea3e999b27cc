import pytest
from ingest_router.core.outcomes import Accepted, NotTaken, Receipt, Refused, Unconfirmed, Verdict, outcome
from tidelake.contracts.broken_rules import BrokenRule
from tidelake.contracts.contract import Version

V1 = Version(1, 0, 0)
ACCEPTED = Accepted(0, "a", True, "events.x", 0, 7)
NOT_TAKEN = NotTaken(0, "a", True, "no such topic")
UNCONFIRMED = Unconfirmed(0, "a", True)


def refused(*rules: str) -> Refused:
    return Refused(0, tuple(BrokenRule("", rule, "", "") for rule in rules))


@pytest.mark.parametrize(
    ("receipts", "verdict"),
    [
        ([ACCEPTED, ACCEPTED], Verdict.ALL_ACCEPTED),
        ([ACCEPTED, refused("type")], Verdict.SOME_ACCEPTED),
        ([ACCEPTED, NOT_TAKEN], Verdict.SOME_ACCEPTED),
        ([refused("type"), refused("json")], Verdict.NONE_ACCEPTED),
        ([refused("json"), refused("encoding")], Verdict.MALFORMED),
        ([refused("max_record_bytes")], Verdict.TOO_LARGE),
        ([refused("max_record_bytes"), refused("type")], Verdict.NONE_ACCEPTED),
        ([refused("type"), NOT_TAKEN], Verdict.NOT_TAKEN),
        ([ACCEPTED, UNCONFIRMED], Verdict.UNCONFIRMED),
        ([NOT_TAKEN, UNCONFIRMED, refused("type")], Verdict.UNCONFIRMED),
    ],
)
def test_the_verdict_never_promises_more_than_the_receipts(receipts: list[Receipt], verdict: Verdict) -> None:
    assert outcome("x", V1, tuple(receipts)).verdict is verdict


def test_each_record_counts_once_under_the_first_rule_that_it_breaks() -> None:
    result = outcome("x", V1, (refused("type", "required"), refused("type"), refused("json"), NOT_TAKEN))
    assert result.refused_by_rule() == {"type": 2, "json": 1, "not_taken": 1}
