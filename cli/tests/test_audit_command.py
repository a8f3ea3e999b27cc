"""One dataset that can't be counted hides no other."""

from typing import cast
from unittest import mock

import pytest
import typer
from tidelake.cli import audit
from tidelake.cli.connection import Connection
from tidelake.cli.ledger import report
from tidelake.cli.ledger.balance import DatasetBalance
from tidelake.streams.errors import UnknownTopic


def test_a_topic_that_is_missing_hides_no_other_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    ghost, trips = mock.Mock(), mock.Mock()
    ghost.contract.address, trips.contract.address = "ghost", "trips"
    balanced = cast("DatasetBalance", mock.Mock(balanced=True))
    with (
        mock.patch.object(audit, "connect", return_value=cast("Connection", None)),
        mock.patch.object(audit, "chosen", return_value=[ghost, trips]),
        mock.patch.object(audit, "audit", side_effect=[UnknownTopic("events.ghost"), balanced]),
        mock.patch.object(report, "print_balance") as printed,
        pytest.raises(typer.Exit) as ended,
    ):
        audit.command()
    assert ended.value.exit_code == 1
    assert "ghost can't be counted: Kafka has no topic 'events.ghost'" in capsys.readouterr().out
    assert printed.call_args.args[0] is balanced
