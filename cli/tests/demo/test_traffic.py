from collections import Counter
from itertools import islice
from pathlib import Path

import orjson
from tidelake.cli.demo.flights import flights
from tidelake.cli.demo.traffic import DOUBT, FIRST_MADE_UP, Kind, Shares, traffic
from tidelake.cli.publication.standard import export_json_schema
from tidelake.contracts.admission import Admitted, Door
from tidelake.contracts.loading import parse_contract

ROOT = Path(__file__).parents[3]
JANUARY = list(islice(flights({1}), 5000))


def mixed(seed: int = 1, broken: float = 0.01, doubtful: float = 0.01, repeats: float = 0.01):
    return list(traffic(JANUARY, Shares(broken, doubtful, repeats), seed))


def test_real_flights_come_once_untouched_and_in_order():
    assert [sent.line for sent in mixed() if sent.kind is Kind.REAL] == JANUARY


def test_the_same_seed_gives_the_same_traffic():
    assert mixed(seed=7) == mixed(seed=7) != mixed(seed=8)


def test_extra_records_come_at_the_stated_share_and_in_every_kind():
    found = Counter(sent.kind for sent in mixed(broken=0.04, doubtful=0.04, repeats=0.02))
    assert set(found) == set(Kind) - {Kind.NO_LINE, Kind.NO_STREAM}
    assert 140 < sum(count for kind, count in found.items() if kind.must_be_refused) < 260
    assert 140 < sum(found[kind] for kind in DOUBT) < 260
    assert 60 < found[Kind.REPEAT] < 140


def test_a_repeat_is_an_earlier_flight_byte_for_byte():
    seen: set[bytes] = set()
    for sent in mixed():
        if sent.kind is Kind.REPEAT:
            assert sent.line in seen
        elif sent.kind is Kind.REAL:
            seen.add(sent.line)


def test_the_door_takes_a_doubtful_record_though_rules_of_the_contract_forbid_it():
    text = (ROOT / "datasets/flights.odcs.yaml").read_text()
    contract = parse_contract(text, "flights.odcs.yaml")
    door = Door(contract, export_json_schema(text, contract))
    rules = {(rule.name, rule.field) for rule in contract.quality if rule.must == ("mustBe", 0)}
    for sent in mixed():
        if sent.kind in DOUBT:
            assert isinstance(door.admit(sent.line), Admitted)
            assert {(rule, column) for column, _, rule in DOUBT[sent.kind]} <= rules


def test_made_up_records_have_ids_of_their_own_and_no_flight_has_one_of_them():
    numbers: dict[bool, list[int]] = {True: [], False: []}
    for sent in mixed():
        if not sent.kind.must_be_refused:
            numbers[sent.kind in DOUBT].append(orjson.loads(sent.line)["flight"])
    assert len(numbers[True]) == len(set(numbers[True])) > 20
    assert min(numbers[True]) == FIRST_MADE_UP > max(numbers[False])
