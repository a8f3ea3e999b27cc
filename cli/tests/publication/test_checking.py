"""Whether a contract may follow what was published before."""

import pytest
from tidelake.cli.publication.applying import put_into_force
from tidelake.cli.publication.checking import BreakingChange, Checked, LintFailed, StaleVersion, check
from tidelake.cli.publication.drafts import Draft
from tidelake.cli.publication.published import NOTHING, UnknownDataset, published_drafts, read_published
from tidelake.contracts.contract import Version
from tidelake.contracts.publishing import VersionTaken

from .conftest import Edit, MemoryLake, as_checked

REQUIRED = "physicalType: int\n        required: true\n        description: Distance"
OPTIONAL = "physicalType: int\n        description: Distance"


def publish(memory: MemoryLake, draft: Draft) -> None:
    put_into_force(memory.lake, as_checked(draft), accept=False, told=lambda _: None)


def check_after(memory: MemoryLake, draft: Draft) -> Checked:
    return check(draft, read_published(memory.objects, "flights"), ["trip-planner"])


def test_the_first_version_is_compared_with_nothing(memory: MemoryLake, draft: Edit) -> None:
    checked = check_after(memory, draft())
    assert (checked.before, checked.known, checked.breaks) == (None, False, ())


def test_the_same_version_with_the_same_text_is_known(memory: MemoryLake, draft: Edit) -> None:
    publish(memory, draft())
    assert check_after(memory, draft()).known


def test_the_same_version_with_another_text_is_refused(memory: MemoryLake, draft: Edit) -> None:
    publish(memory, draft())
    with pytest.raises(VersionTaken):
        check_after(memory, draft(("Flight number.", "Number.")))


def test_a_minor_version_that_breaks_nobody_passes(memory: MemoryLake, draft: Edit) -> None:
    publish(memory, draft())
    checked = check_after(memory, draft(("1.0.0", "1.1.0"), ("Flight number.", "Number.")))
    assert (checked.before, checked.known) == (Version(1, 0, 0), False)


def test_a_break_within_a_major_version_names_field_and_reader(memory: MemoryLake, draft: Edit) -> None:
    publish(memory, draft())
    with pytest.raises(BreakingChange, match=r"distance \(readers trip-planner\)[\s\S]*2\.0\.0"):
        check_after(memory, draft(("1.0.0", "1.1.0"), (REQUIRED, OPTIONAL)))


def test_a_break_for_producers_names_them(memory: MemoryLake, draft: Edit) -> None:
    publish(memory, draft())
    with pytest.raises(BreakingChange, match=r"distance \(producers airport-ops\)"):
        check_after(
            memory,
            draft(("1.0.0", "1.1.0"), (REQUIRED, REQUIRED.replace("int\n", "bigint\n"))),
        )


def test_a_break_of_the_lake_itself_is_found_too(memory: MemoryLake, draft: Edit) -> None:
    publish(memory, draft())
    with pytest.raises(BreakingChange, match="idFields"):
        check_after(
            memory, draft(("1.0.0", "1.1.0"), ("[time_hour, carrier, flight]\n  -", "[carrier, flight]\n  -"))
        )


def test_a_new_major_version_may_break_and_says_what(memory: MemoryLake, draft: Edit) -> None:
    publish(memory, draft())
    checked = check_after(memory, draft(("1.0.0", "2.0.0"), (REQUIRED, OPTIONAL)))
    assert [found.field for found in checked.breaks] == ["distance"]


def test_an_older_version_than_the_published_is_refused(memory: MemoryLake, draft: Edit) -> None:
    publish(memory, draft(("1.0.0", "1.2.0")))
    with pytest.raises(StaleVersion, match=r"1\.2\.0"):
        check_after(memory, draft(("1.0.0", "1.1.0")))


def test_a_fix_of_an_older_major_version_is_compared_with_that(memory: MemoryLake, draft: Edit) -> None:
    publish(memory, draft())
    publish(memory, draft(("1.0.0", "2.0.0"), (REQUIRED, OPTIONAL)))
    checked = check_after(memory, draft(("1.0.0", "1.0.1"), ("Flight number.", "Number.")))
    assert checked.before == Version(1, 0, 0)
    assert not checked.breaks


def test_what_only_the_standards_checker_knows_is_refused_too(draft: Edit) -> None:
    good = draft()
    bad = Draft(good.origin, good.text.replace(b"status: active", b"statuses: active"), good.contract)
    with pytest.raises(LintFailed, match="statuses"):
        check(bad, NOTHING, ())


def test_published_contracts_can_be_put_into_force_again(memory: MemoryLake, draft: Edit) -> None:
    publish(memory, draft())
    publish(memory, draft(("1.0.0", "1.0.1")))
    publish(memory, draft(("1.0.0", "2.0.0")))
    versions = [str(found.contract.version) for found in published_drafts(memory.objects, "flights")]
    assert versions == ["1.0.1", "2.0.0"]


def test_a_dataset_that_nobody_published_is_named_with_those_that_are(
    memory: MemoryLake, draft: Edit
) -> None:
    publish(memory, draft())
    with pytest.raises(UnknownDataset, match="flights"):
        published_drafts(memory.objects, "trains")
