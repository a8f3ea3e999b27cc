"""A store is written to only once it has turned somebody away."""

import uuid

import pytest
from tidelake.tables.probe import PreconditionsIgnored, Round, Verdict, prove_put_if_absent
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.gcs.faults_client import FaultRule
from tidelake.testkit.gcs_fixture import Emulator


def test_a_round_proves_only_if_somebody_was_turned_away() -> None:
    assert Round(accepted=3, refused=1, versions=3).verdict is Verdict.PROVED
    assert Round(accepted=4, refused=0, versions=4).verdict is Verdict.NOTHING
    assert Round(accepted=4, refused=0, versions=3).verdict is Verdict.IGNORED
    assert Round(accepted=3, refused=1, versions=1).verdict is Verdict.IGNORED


def test_a_lost_answer_is_no_sign_of_a_store_that_ignores_preconditions() -> None:
    assert Round(accepted=2, refused=2, versions=3).verdict is Verdict.NOTHING


@pytest.mark.conformance
def test_a_store_that_keeps_preconditions_is_accepted_and_left_clean(storage: LakeStorage) -> None:
    objects = storage.objects()
    prove_put_if_absent(storage, objects, uuid.uuid4().hex)
    assert objects.list("") == []


@pytest.mark.conformance
def test_a_store_that_ignores_preconditions_is_refused(storage: LakeStorage, emulator: Emulator) -> None:
    objects = storage.objects()
    with (
        emulator.faults.during(FaultRule("ignore_preconditions")),
        pytest.raises(PreconditionsIgnored, match="does not honour put-if-absent"),
    ):
        prove_put_if_absent(storage, objects, uuid.uuid4().hex)
    assert objects.list("") == []
