from collections import Counter
from itertools import islice

from tidelake.cli.demo.flights import flights
from tidelake.cli.demo.traffic import Kind, traffic

JANUARY = list(islice(flights({1}), 5000))


def mixed(seed: int = 1, broken: float = 0.01, repeats: float = 0.01):
    return list(traffic(JANUARY, broken_share=broken, repeat_share=repeats, seed=seed))


def test_real_flights_come_once_untouched_and_in_order():
    assert [sent.line for sent in mixed() if sent.kind is Kind.REAL] == JANUARY


def test_the_same_seed_gives_the_same_traffic():
    assert mixed(seed=7) == mixed(seed=7) != mixed(seed=8)


def test_extra_records_come_at_the_stated_share_and_in_every_kind():
    found = Counter(sent.kind for sent in mixed(broken=0.04, repeats=0.02))
    assert set(found) == set(Kind)
    assert 140 < sum(count for kind, count in found.items() if kind.must_be_refused) < 260
    assert 60 < found[Kind.REPEAT] < 140


def test_a_repeat_is_an_earlier_flight_byte_for_byte():
    seen: set[bytes] = set()
    for sent in mixed():
        if sent.kind is Kind.REPEAT:
            assert sent.line in seen
        elif sent.kind is Kind.REAL:
            seen.add(sent.line)
