from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from tidelake.testkit.changes.columns import is_toasted
from tidelake.testkit.changes.debezium import messages
from tidelake.testkit.changes.expected import Expected
from tidelake.testkit.changes.read_back import read_back
from tidelake.testkit.changes.source import Source
from tidelake.testkit.changes.steps import Steps
from tidelake.testkit.changes.tables import ORDER_LINES
from tidelake.testkit.changes.workload import Workload

SEEDS = range(5)


def steps_on(source: Source, seed: int, number: int, odd: float = 0.1) -> None:
    steps = Steps(Random(seed), source, odd=odd)
    for _ in range(number):
        steps.step()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_keys_changes_are_sent_in_the_order_of_commits_and_not_of_the_log(seed: int) -> None:
    source = Source()
    steps_on(source, seed, 60)
    newest: dict[object, int] = {}
    backwards = 0
    for one in source.sent:
        backwards += one.lsn < newest.get(one.key, 0)
        newest[one.key] = one.lsn
    assert backwards
    assert [one.commit for one in source.sent] == sorted(one.commit for one in source.sent)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_workload_has_all_that_silver_must_tell_apart(seed: int) -> None:
    sent = Workload(Random(seed)).run(150)
    outcomes = Counter(Expected().outcomes(sent))
    assert set(outcomes) == {"inserted", "updated", "deleted", "superseded", "duplicate", "quarantined"}
    assert any(one.left_out for one in sent)
    assert not any(is_toasted(*value) for one in sent if one.old_key for value in (one.after or {}).items())


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_refused_is_healed_by_writing_all_anew(seed: int) -> None:
    source = Source()
    steps_on(source, seed, 60, odd=0.3)
    Steps(Random(seed), source).write_all_anew()
    steps_on(source, seed, 40, odd=0.0)
    model = Expected()
    assert "quarantined" in list(model.outcomes(source.sent))
    assert model.rows == source.rows


def test_what_rolls_back_is_never_sent() -> None:
    source = Source()
    steps = Steps(Random(1), source)
    (roll_back,) = [kind for kind in steps.kinds if "roll_back" in kind.__name__]
    roll_back()
    assert (source.rows, source.sent) == ({}, [])


@pytest.mark.parametrize("seed", SEEDS)
def test_records_read_back_are_the_changes_that_were_sent(seed: int) -> None:
    sent = Workload(Random(seed)).run(50)
    records = list(messages(sent, partitions=1))
    found = list(read_back(ORDER_LINES, ((one.key, one.value) for one in records)))
    assert [one is None for one in found] == [one.sent is None for one in records]
    objects: dict[int, int] = {}
    for one, record in zip(found, records, strict=True):
        if one is not None and (was := record.sent) is not None:
            assert (one.op, one.key, one.lsn, one.tx_id) == (was.op, was.key, was.lsn, was.tx_id)
            assert set(one.left_out) == set(was.left_out)
            assert objects.setdefault(id(was), id(one)) == id(one), "sent again, and another object"
    assert len(set(objects.values())) == len(objects)
