"""The stages of `lake test`."""

from tidelake.cli.stages import checks, engine_tests, unit_tests


def test_every_test_belongs_to_exactly_one_stage() -> None:
    kinds = [stage.command[stage.command.index("-m", 4) + 1] for stage in [unit_tests([]), engine_tests([])]]
    assert kinds == ["not conformance and not system", "conformance or system"]


def test_a_selection_goes_to_every_test_stage() -> None:
    for stage in [unit_tests(["-k", "x"]), engine_tests(["-k", "x"])]:
        assert list(stage.command[-2:]) == ["-k", "x"]


def test_only_what_needs_a_broker_waits_for_one() -> None:
    assert [one.name for one in [*checks(), unit_tests([]), engine_tests([])] if one.kafka] == [
        "engine tests"
    ]
