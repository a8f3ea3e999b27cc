"""./lake: which Python it takes, when it sets up, and how it explains a failure."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
RUN_IT = "; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
AS_3_10 = "import runpy, sys; sys.version_info = (3, 10, 4, 'final', 0)" + RUN_IT
WITHOUT_ENSUREPIP = "import runpy, sys; sys.modules['ensurepip'] = None" + RUN_IT
INGREDIENTS = (
    *("lake", "requirements.lock", "requirements-uv.lock", "requirements-build.lock", "pyproject.toml"),
    *("cli/pyproject.toml", "libs/a/pyproject.toml", "services/b/pyproject.toml"),
    "services/b/contract/x.proto",
)


@pytest.fixture(scope="module", autouse=True)
def leave_no_bytecode() -> Generator[None]:
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    yield
    sys.dont_write_bytecode = before


def ran(*command: object, environ: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    texts = [str(part) for part in command]
    return subprocess.run(texts, capture_output=True, text=True, check=False, env=environ)


def lake_module() -> ModuleType:
    loader = SourceFileLoader("lake_script", str(CHECKOUT / "lake"))
    spec = spec_from_loader("lake_script", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def empty_checkout(tmp_path: Path) -> Path:
    """The script alone, so that it can't make anything."""
    shutil.copy(CHECKOUT / "lake", tmp_path / "lake")
    return tmp_path


def assert_refused(done: "subprocess.CompletedProcess[str]", checkout: Path) -> None:
    """Exit code 2, one sentence with what to do, nothing made."""
    sentence = r"Tidelake needs Python 3\.11, 3\.12 or 3\.13, and this is \d\.\d+ \(.*\): nothing was .*\n"
    assert re.fullmatch(sentence, done.stderr)
    assert (done.returncode, done.stdout) == (2, "")
    assert not (checkout / ".venv").exists()


def older_pythons() -> list[Path]:
    """The oldest of the real Pythons that lie beside this one, if there are any that do not fit."""
    fits = "import sys; sys.exit(sys.version_info[:2] >= (3, 11))"
    beside = Path(sys.base_prefix).parent.glob("[0-9]*/bin/python")
    by_version = sorted(beside, key=lambda python: [int(n) for n in re.findall(r"\d+", python.parts[-3])])
    return [python for python in by_version[:3] if ran(python, "-c", fits).returncode == 0]


def test_a_python_that_does_not_fit_is_refused_in_one_sentence(empty_checkout: Path) -> None:
    assert_refused(ran(sys.executable, "-c", AS_3_10, empty_checkout / "lake", "demo"), empty_checkout)


def test_even_pythons_that_are_long_dead_read_the_script_far_enough(empty_checkout: Path) -> None:
    for python in older_pythons():
        assert_refused(ran(python, empty_checkout / "lake", "demo"), empty_checkout)


def test_a_fitting_python_on_the_path_is_named(empty_checkout: Path) -> None:
    folder = empty_checkout / "bin"
    folder.mkdir()
    (folder / "python3.13").write_text("#!/bin/sh\nexit 127\n")  # As a version switcher's launcher.
    (folder / "python3.12").write_text("#!/bin/sh\n")
    for name in ("python3.12", "python3.13"):
        (folder / name).chmod(0o755)
    command = (sys.executable, "-c", AS_3_10, empty_checkout / "lake", "demo", "--all")
    assert "run `python3.12 ./lake demo --all` instead" in ran(*command, environ={"PATH": str(folder)}).stderr


def test_a_python_that_can_not_make_environments_names_the_package_to_install(empty_checkout: Path) -> None:
    done = ran(sys.executable, "-c", WITHOUT_ENSUREPIP, empty_checkout / "lake", "demo")
    assert done.returncode == 2
    assert "its module ensurepip is missing" in done.stderr
    assert f"`sudo apt install python3.{sys.version_info[1]}-venv`" in done.stderr
    assert not (empty_checkout / ".venv").exists()


@pytest.fixture
def small_checkout(tmp_path: Path) -> Path:
    """What the script reads of a checkout, and an environment that only says how it was called."""
    for name in INGREDIENTS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "deploy").mkdir()
    shutil.copy(CHECKOUT / "lake", tmp_path / "lake")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    said = "called with $*, ${PYTHONPATH-unset} ${PYTHONDONTWRITEBYTECODE-unset}"
    python.write_text(f'#!/bin/sh\necho "{said}"\nexit 7\n')
    python.chmod(0o755)
    return tmp_path


def fingerprint(checkout: Path) -> str:
    code = "import runpy, sys; print(runpy.run_path(sys.argv[1])['fingerprint']())"
    return ran(sys.executable, "-c", code, checkout / "lake").stdout.strip()


def test_a_finished_environment_is_used_at_once(small_checkout: Path) -> None:
    (small_checkout / ".venv" / "set-up-for").write_text(fingerprint(small_checkout))
    command = (sys.executable, small_checkout / "lake", "query", "a b")
    done = ran(*command, environ={**os.environ, "PYTHONPATH": "/x", "PYTHONDONTWRITEBYTECODE": "1"})
    # Nothing else is said, as setting anything up is.
    assert done.stdout == "called with -P -m tidelake.cli query a b, unset unset\n"
    assert done.stderr == ""
    assert done.returncode == 7


@pytest.mark.parametrize("file", INGREDIENTS)
def test_whatever_the_environment_is_made_from_makes_it_out_of_date(small_checkout: Path, file: str) -> None:
    before = fingerprint(small_checkout)
    assert fingerprint(small_checkout) == before != ""
    with (small_checkout / file).open("a") as content:
        content.write("\n# changed\n")
    assert fingerprint(small_checkout) != before


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("cause: Hash mismatch for `rich==15.0.0`", "is not what the lock names"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "is not what the lock names"),
        ("client error (Connect)\n tcp connect error", "Check the network"),
        ("ERROR: No matching distribution found for uv==0.13.9", "Check the network"),
        ("error: failed to write: No space left on device (os error 28)", "TIDELAKE_CACHE"),
        ("Permission denied (os error 13)", "Check who owns"),
        ("something new", "run the same command again"),
    ],
)
def test_what_a_tool_says_of_its_failure_is_explained(said: str, advice: str) -> None:
    text = str(lake_module().explained("Python packages", 2, said))
    assert "Setting up failed at: Python packages (exit code 2)" in text
    assert said.splitlines()[-1].strip() in text
    assert advice in text


def test_tools_trust_what_the_user_or_else_the_system_trusts(tmp_path: Path) -> None:
    trust = lake_module().trust_what_the_system_trusts
    (tmp_path / "mine.crt").touch()
    environ = {"SSL_CERT_FILE": str(tmp_path / "mine.crt")}
    trust(environ, "REQUESTS_CA_BUNDLE")
    assert environ["REQUESTS_CA_BUNDLE"] == str(tmp_path / "mine.crt")
    chosen = {"REQUESTS_CA_BUNDLE": "/chosen"}
    trust(chosen, "REQUESTS_CA_BUNDLE")
    assert chosen == {"REQUESTS_CA_BUNDLE": "/chosen"}
    system: dict[str, str] = {}
    trust(system, "REQUESTS_CA_BUNDLE")
    assert all(Path(bundle).exists() for bundle in system.values())
