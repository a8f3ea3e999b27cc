"""What is said of a connector that failed."""

from tidelake.cli.following.problems import ConnectorFailed
from tidelake.contracts.contract import Contract


def test_a_failed_connector_shows_the_first_line_of_its_trace(contract: Contract) -> None:
    shown = str(ConnectorFailed(contract, "the reason\n  at Somewhere.java"))
    assert "has failed: the reason\n" in shown
    assert "Somewhere" not in shown


def test_of_a_long_line_both_ends_are_shown(contract: Contract) -> None:
    shown = str(ConnectorFailed(contract, f"it began {'x' * 2000} it is no longer available"))
    assert "it began" in shown
    assert "it is no longer available" in shown
    assert len(shown) < 1200


def test_one_without_a_trace_says_so(contract: Contract) -> None:
    assert "it does not say why" in str(ConnectorFailed(contract, ""))
