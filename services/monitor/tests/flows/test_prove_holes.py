"""A hole in bronze is a lost record only if Kafka has one there."""

import numpy as np
from monitor.flows.prove_holes import Covered, HoleProof
from tidelake.ledger.runs import Offsets, Runs, runs_of
from tidelake.tables.positions import Source

AT = Source("t", 0)


def runs(*offsets: int) -> Runs:
    return runs_of(np.array(offsets, dtype=np.int64))


class Kafka:
    """Records at these offsets; remembers what it was asked."""

    def __init__(self, *offsets: int) -> None:
        self.offsets = offsets
        self.asked: list[tuple[int, int]] = []

    def records(self, _source: Source, first: int, end: int) -> Offsets:
        self.asked.append((first, end))
        return np.array([one for one in self.offsets if first <= one < end], dtype=np.int64)


def absent(proof: HoleProof, bronze: Runs, kafka: Kafka, end: int = 10) -> list[list[int]]:
    found = proof.absent({AT: bronze}, {AT: Covered(0, end)}, kafka.records)
    return found.records[AT].tolist() if found.records else []


def test_markers_are_no_lost_records_and_are_asked_about_once() -> None:
    proof, kafka = HoleProof(), Kafka(0, 1, 2, 4, 5, 6, 7, 8, 9)
    bronze = runs(0, 1, 2, 4, 5, 6, 7, 8, 9)
    assert absent(proof, bronze, kafka) == []
    assert absent(proof, bronze, kafka) == []
    assert kafka.asked == [(3, 4)]


def test_a_record_that_bronze_lacks_is_told_until_it_is_there() -> None:
    proof, kafka = HoleProof(), Kafka(*range(10))
    assert absent(proof, runs(0, 1, 2, 5, 6, 7, 8, 9), kafka) == [[3, 5]]
    assert absent(proof, runs(0, 1, 2, 3, 5, 6, 7, 8, 9), kafka) == [[4, 5]]
    assert absent(proof, runs(*range(10)), kafka) == []
    assert len(kafka.asked) == 1


def test_what_bronze_has_not_come_to_is_no_hole() -> None:
    kafka = Kafka(*range(20))
    assert absent(HoleProof(), runs(*range(10)), kafka) == []
    assert kafka.asked == []


def test_many_holes_are_looked_into_step_by_step() -> None:
    proof, kafka = HoleProof(), Kafka()
    bronze = runs(*range(0, 100, 2))
    looks = 0
    while len(kafka.asked) < 49:
        before = len(kafka.asked)
        assert absent(proof, bronze, kafka, end=99) == []
        looks += 1
        assert before < len(kafka.asked) <= before + 20
    assert looks == 3


def test_what_kafka_was_not_asked_about_yet_is_said() -> None:
    proof, kafka = HoleProof(), Kafka(99)
    bronze = {AT: runs(*range(0, 99, 2)), Source("t", 1): runs(0, 2)}
    covered = {AT: Covered(0, 100), Source("t", 1): Covered(0, 3)}
    looks = [proof.absent(bronze, covered, kafka.records) for _ in range(3)]
    assert [look.unasked for look in looks] == [30 + 1, 10 + 1, 0]
    assert [bool(look.records) for look in looks] == [False, False, True]


def test_a_lost_record_that_kafka_deletes_stays_lost() -> None:
    proof, kafka = HoleProof(), Kafka(*range(10))
    assert absent(proof, runs(0, 1, 2, 4, 5, 6, 7, 8, 9), kafka) == [[3, 4]]
    kafka.offsets = ()
    assert absent(proof, runs(0, 1, 2, 4, 5, 6, 7, 8, 9), kafka) == [[3, 4]]
