"""One dataset that can't be counted hides no other."""

from typing import cast
from unittest import mock

import pytest
import typer
from tidelake.cli import audit
from tidelake.cli.connection import Connection
from tidelake.cli.ledger import log_report, report
from tidelake.ledger.balance import DatasetBalance, Verdict
from tidelake.runtime.errors import LakeError
from tidelake.streams.errors import UnknownTopic
from tidelake.tables.errors import FilesMissing


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (UnknownTopic("events.ghost"), "ghost can't be counted: Kafka has no topic 'events.ghost'"),
        (
            FilesMissing("silver/ghost", "a.parquet", 7),
            "ghost can't be counted: 7 data files of silver/ghost",
        ),
    ],
)
def test_one_that_cannot_be_counted_hides_no_other_dataset(
    cause: LakeError, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ghost, trips = mock.Mock(), mock.Mock()
    ghost.contract.address, trips.contract.address = "ghost", "trips"
    balanced = cast("DatasetBalance", mock.Mock(verdict=Verdict.BALANCED))
    with (
        mock.patch.object(audit, "connect", return_value=cast("Connection", None)),
        mock.patch.object(audit, "chosen", return_value=[ghost, trips]),
        mock.patch.object(audit, "audit", side_effect=[cause, balanced]),
        mock.patch.object(audit, "audit_lines", return_value=None),
        mock.patch.object(report, "print_balance") as printed,
        pytest.raises(typer.Exit) as ended,
    ):
        audit.command()
    assert ended.value.exit_code == 1
    assert words in " ".join(capsys.readouterr().out.split())
    assert printed.call_args.args[0] is balanced


def test_log_lines_that_cannot_be_counted_hide_no_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    balanced = cast("DatasetBalance", mock.Mock(verdict=Verdict.BALANCED))
    missing = FilesMissing("bronze/weblogs", "a.parquet", 1)
    with (
        mock.patch.object(audit, "connect", return_value=cast("Connection", None)),
        mock.patch.object(audit, "chosen", return_value=[mock.Mock()]),
        mock.patch.object(audit, "audit", return_value=balanced),
        mock.patch.object(audit, "audit_lines", side_effect=missing),
        mock.patch.object(report, "print_balance") as printed,
        pytest.raises(typer.Exit) as ended,
    ):
        audit.command()
    assert (ended.value.exit_code, printed.call_count) == (1, 1)
    assert "logs.inbound can't be counted: 1 data file of bronze/weblogs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("verdicts", "lines", "code"),
    [
        (["BALANCED", "BEHIND"], None, 3),
        (["BEHIND", "NOT_BALANCED"], None, 1),
        (["BALANCED", "BALANCED"], "BEHIND", 3),
        (["BALANCED", "BEHIND"], "NOT_BALANCED", 1),
    ],
)
def test_what_is_late_is_told_from_what_is_wrong_by_the_exit_code(
    verdicts: list[str], lines: str | None, code: int
) -> None:
    balances = [mock.Mock(verdict=Verdict[verdict]) for verdict in verdicts]
    with (
        mock.patch.object(audit, "connect", return_value=cast("Connection", None)),
        mock.patch.object(audit, "chosen", return_value=[mock.Mock(), mock.Mock()]),
        mock.patch.object(audit, "audit", side_effect=balances),
        mock.patch.object(audit, "audit_lines", return_value=lines and mock.Mock(verdict=Verdict[lines])),
        mock.patch.object(report, "print_balance"),
        mock.patch.object(log_report, "print_lines"),
        pytest.raises(typer.Exit) as ended,
    ):
        audit.command()
    assert ended.value.exit_code == code


@pytest.mark.parametrize(
    ("asked", "followed", "counted"),
    [([], [None], True), (["flights"], [None], False), (["flights", "weather"], [None, "a stream"], True)],
)
def test_log_lines_are_counted_with_the_datasets_that_they_go_to(
    asked: list[str], followed: list[str | None], counted: bool
) -> None:
    chosen = [mock.Mock(**{"contract.log": log}) for log in followed]
    with (
        mock.patch.object(audit, "connect", return_value=cast("Connection", None)),
        mock.patch.object(audit, "chosen", return_value=chosen),
        mock.patch.object(audit, "audit", return_value=mock.Mock(verdict=Verdict.BALANCED)),
        mock.patch.object(audit, "audit_lines", return_value=None) as lines,
        mock.patch.object(report, "print_balance"),
    ):
        audit.command(asked)
    assert lines.called is counted
