"""The Java runtime of the environment."""

from pathlib import Path

import pytest
from tidelake.local import jre
from tidelake.local.jre import JavaDoesNotRun, java, java_environ, java_version


def test_java_comes_with_the_environment_and_runs() -> None:
    assert java().is_file()
    assert 'version "25' in java_version()


def test_a_java_that_does_not_run_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jre, "java", lambda: tmp_path / "java")
    with pytest.raises(JavaDoesNotRun, match=r"Remove the folder \.venv"):
        java_version()


def test_java_options_of_the_caller_are_left_out_and_all_else_stays() -> None:
    assert java_environ({"JDK_JAVA_OPTIONS": "-Xmx1m", "CLASSPATH": "x", "LANG": "C"}) == {"LANG": "C"}
