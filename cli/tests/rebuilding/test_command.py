"""`lake rebuild silver` says that it only compares, and what comes next."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from tidelake.cli import rebuild
from tidelake.cli.main import main
from tidelake.cli.rebuilding import process
from tidelake.cli.rebuilding.process import Comparison, Difference, Rebuild
from tidelake.contracts.loading import parse_contract

FLIGHTS = Path(__file__).parents[3] / "datasets/flights.odcs.yaml"
DIFFERS = (Difference("undecided", "inserted", 1, (("t", 0, 4),)),)


@pytest.mark.parametrize(
    ("differences", "options", "code", "then"),
    [
        ((), [], 0, "Nothing is to be done."),
        (DIFFERS, [], 1, "Next: ./lake rebuild silver flights --keep keeps the new ones"),
        (
            DIFFERS,
            ["--keep"],
            1,
            "The new ones stand below rebuilds/flights/x/ of the lake's root. Next: read",
        ),
    ],
)
def test_the_last_line_says_that_nothing_was_replaced_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    differences: tuple[Difference, ...],
    options: list[str],
    code: int,
    then: str,
) -> None:
    def published(*_: object) -> list[SimpleNamespace]:
        return [SimpleNamespace(contract=parse_contract(FLIGHTS.read_text(), "flights"))]

    def done(*_: object, **__: object) -> Rebuild:
        return Rebuild(Comparison(5, 3, 2, differences, "1.0.0"), 7, "rebuilds/flights/x/")

    monkeypatch.setattr(rebuild, "connect", lambda: None)
    monkeypatch.setattr(rebuild, "chosen", published)
    monkeypatch.setattr(process, "run_rebuild", done)
    assert main(["rebuild", "silver", "flights", *options]) == code
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("Only compared: the live tables are as they were")
    assert then in last
