"""What libraries log."""

import subprocess
import sys

import pytest

LOG = """
import logging, structlog, sys
from tidelake.cli.quiet import quiet_logs
quiet_logs({"LAKE_LOG_LEVEL": sys.argv[1]})
structlog.get_logger().warning("a_fact")
logging.getLogger("library").warning("a warning")
"""


@pytest.mark.parametrize(("level", "lines"), [("", 0), ("nonsense", 0), ("WARNING", 2)])
def test_log_lines_are_shown_only_on_request_and_never_on_standard_output(level: str, lines: int) -> None:
    done = subprocess.run([sys.executable, "-c", LOG, level], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == lines
