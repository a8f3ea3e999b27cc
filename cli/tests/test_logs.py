"""`lake logs`."""

import pytest
from tidelake.cli.main import main
from tidelake.local.stack import Stack


def test_the_last_lines_of_a_process_are_shown(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.home.make()
    stack.home.log("kafka").write_text("one\ntwo\nthree\n")
    assert main(["logs", "kafka", "-n", "2"]) == 0
    assert capsys.readouterr().out == "two\nthree\n"


def test_a_process_that_was_never_started_is_said_to_have_no_log(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["logs", "kafka"]) == 1
    assert "kafka has no log yet: it was never started here" in capsys.readouterr().err


def test_a_name_that_the_stack_does_not_have_is_refused(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["logs", "spark"]) == 1
    assert "no process 'spark'. It has gcs, kafka" in capsys.readouterr().err
