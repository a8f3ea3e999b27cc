"""The stages of `lake test`."""

from tidelake.cli.stages import Stage, checks, engine_tests, unit_tests
from tidelake.local.parts import ALL_PARTS, ROAD_ALONE


def kind(stage: Stage) -> str:
    """The expression on markers that chooses its tests."""
    return stage.command[stage.command.index("-m", 4) + 1]


def test_every_test_belongs_to_exactly_one_stage() -> None:
    assert kind(unit_tests([])) == "not conformance and not system"
    assert kind(engine_tests([], ALL_PARTS)) == "(conformance or system)"


def test_of_the_road_alone_no_test_wants_an_engine_of_the_query_layer() -> None:
    assert kind(engine_tests([], ROAD_ALONE)) == "(conformance or system) and not query_layer"


def test_a_selection_goes_to_every_test_stage() -> None:
    for stage in [unit_tests(["-k", "x"]), engine_tests(["-k", "x"], ALL_PARTS)]:
        assert list(stage.command[-2:]) == ["-k", "x"]


def test_only_what_needs_a_broker_waits_for_one() -> None:
    assert [one.name for one in [*checks(), unit_tests([]), engine_tests([], ALL_PARTS)] if one.kafka] == [
        "engine tests"
    ]
