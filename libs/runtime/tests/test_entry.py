import json
import os
import subprocess
import sys

import pytest
from pydantic_settings import SettingsConfigDict
from tidelake.runtime.entry import service_main
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.runtime.settings import ServiceSettings


class DoorSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TESTDOOR_")

    http_port: int = 18100


class StoreMissing(LakeError, Terminal):
    pass


def test_a_run_that_returns_is_a_stop_in_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("TESTDOOR_HTTP_PORT", "7")
    ports: list[int] = []
    assert service_main(DoorSettings, lambda settings: ports.append(settings.http_port)) == 0
    assert ports == [7]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["service_started", "service_stopped"]
    assert (lines[0]["service"], lines[0]["settings"]["http_port"]) == ("testdoor", 7)


def test_wrong_settings_are_text_for_a_person_and_start_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("TESTDOOR_HTTP_PRT", "7")
    assert service_main(DoorSettings, lambda _: pytest.fail("it ran")) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Did you mean TESTDOOR_HTTP_PORT?" in captured.err


@pytest.mark.parametrize(
    ("error", "traceback"), [(StoreMissing("There is no bucket."), False), (ArithmeticError("boom"), True)]
)
def test_an_error_is_one_line_and_a_traceback_only_where_nobody_foresaw_it(
    error: Exception, traceback: bool, capsys: pytest.CaptureFixture[str]
):
    def fail(_settings: DoorSettings) -> None:
        raise error

    assert service_main(DoorSettings, fail) == 1
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["event"], line["level"], line["exit_code"]) == ("service_failed", "critical", 1)
    assert (line["error"], line["message"]) == (type(error).__name__, str(error))
    assert ("exception" in line) == traceback


def test_the_environment_is_left_as_it_was():
    before = dict(os.environ)
    service_main(DoorSettings, lambda _: None)
    assert dict(os.environ) == before


def test_a_process_ends_with_its_code_and_all_it_said_whatever_its_threads_do():
    program = (
        "import threading; from tidelake.runtime.ending import end_process\n"
        "threading.Thread(target=threading.Event().wait).start(); print('said'); end_process(3)"
    )
    ended = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, timeout=30, check=False)
    assert (ended.returncode, ended.stdout) == (3, b"said\n")
