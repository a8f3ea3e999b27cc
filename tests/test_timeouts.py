"""The limits on a test's time fit each other."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_no_test_may_take_longer_than_what_ends_its_worker() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    files = {path for root in options["testpaths"] for path in (ROOT / root).rglob("test_*.py")}
    limits = {
        int(number) for path in files for number in re.findall(r"mark\.timeout\((\d+)\)", path.read_text())
    }
    assert len(limits) > 1, "no limits found: are they written in another way now?"
    assert max(limits | {options["timeout"]}) < options["faulthandler_timeout"]
