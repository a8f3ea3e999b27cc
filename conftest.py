"""Engines that all test suites share: one Kafka broker a run, whatever the number of test processes."""

import gc
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before anything imports them: a suite's failed assertion then shows its values.
pytest.register_assert_rewrite("tidelake.testkit")

from tidelake.local.home import Home  # noqa: E402
from tidelake.local.process import stop_all  # noqa: E402
from tidelake.local.shared_broker import shared_broker  # noqa: E402

_HOME = "TIDELAKE_TEST_HOME"

# No test is timed, Hypothesis' own checks included: its first text in a fresh clone takes seconds.
settings.register_profile("tidelake", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tidelake")


# The engines of tests live for a minute or two: Java's second compiler would take half of the processor's
# time for code that is never used enough to pay for it.
_JAVA_OPTIONS = "-XX:TieredStopAtLevel=1"


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("JAVA_TOOL_OPTIONS", _JAVA_OPTIONS)
    # Test processes inherit it, so that all of them find the same broker.
    if not hasattr(config, "workerinput"):
        os.environ[_HOME] = tempfile.mkdtemp(prefix="tidelake-tests-")


def pytest_collection_finish() -> None:
    # Else each full collection walks through two thousand collected tests: about a tenth of all CPU time.
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and _HOME in os.environ:
        home = Home(Path(os.environ.pop(_HOME)))
        stop_all(home)
        shutil.rmtree(home.root, ignore_errors=True)


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    """Address of a real Kafka broker, shared by the whole run: name topics and groups uniquely.

    `$TIDELAKE_TEST_KAFKA` names one that runs already; else the first test that asks starts one.
    """
    return os.environ.get("TIDELAKE_TEST_KAFKA") or shared_broker(Home(Path(os.environ[_HOME])))


@pytest.fixture
def seed() -> int:
    """Of every random choice of a test; shown when the test fails. `$TIDELAKE_TEST_SEED` repeats one."""
    chosen = int(os.environ.get("TIDELAKE_TEST_SEED") or random.randrange(2**32))
    sys.stdout.write(f"TIDELAKE_TEST_SEED={chosen}\n")
    return chosen
