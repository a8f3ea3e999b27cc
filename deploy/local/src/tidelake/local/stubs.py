"""Python code from the services' protobuf files, made at set-up and never committed.

A `services/<service>/contract/<name>.proto` becomes `<name>_pb2` and `<name>_pb2_grpc`, with types, in the
`generated` package of that service and of the Python client. Both carry the same descriptor under the same
file name, so that one process may import both.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tidelake.runtime.errors import LakeError, Terminal

_PACKAGE = re.compile(r"^package\s+([\w.]+)\s*;", re.MULTILINE)
_CLIENT = Path("libs/client/src/tidelake/client/generated")
_MARKER = '"""Generated from the contract/*.proto files of the services; not committed."""\n'


class StubGenerationFailed(LakeError, Terminal):
    """A .proto file could not be turned into Python code."""

    def __init__(self, proto: Path, problem: str) -> None:
        self.proto = proto
        super().__init__(
            f"No Python code could be made from {proto}: {problem}. The service and its client can't start "
            "without it. Mend the file (or set the environment up again if a tool is missing) and try again."
        )


def generate_stubs(repo_root: Path) -> list[Path]:
    """Writes the stubs of every service's protobuf files; returns the .py files. Untouched when equal.

    Raises StubGenerationFailed with the compiler's own words.
    """
    written: list[Path] = []
    for proto in sorted(repo_root.glob("services/*/contract/*.proto")):
        service = proto.parent.parent
        package = service.name.replace("-", "_")
        targets = (service / "src" / package / "generated", repo_root / _CLIENT)
        for name, text in _compiled(proto):
            written += [_write(target, name, text) for target in targets]
    return [path for path in written if path.suffix == ".py"]


def _compiled(proto: Path) -> Iterator[tuple[str, str]]:
    """(file name, text) of what protoc makes of one file; imports between them made relative."""
    found = _PACKAGE.search(proto.read_text(encoding="utf-8"))
    if found is None:
        raise StubGenerationFailed(proto, "it has no package line")
    dotted = found.group(1)
    virtual = dotted.replace(".", "/")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{virtual}={proto.parent}"]
        command += [f"--plugin=protoc-gen-{p}={_tool(f'protoc-gen-{p}')}" for p in ("mypy", "mypy_grpc")]
        command += [f"--{kind}_out={folder}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
        ran = subprocess.run([*command, str(proto)], capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise StubGenerationFailed(proto, ran.stderr.strip())
        absolute = re.compile(rf"^from {re.escape(dotted)} import ", re.MULTILINE)
        for file in sorted(Path(folder, virtual).iterdir()):
            yield file.name, absolute.sub("from . import ", file.read_text(encoding="utf-8"))


def _tool(name: str) -> Path:
    """A script of the environment that runs us, whether or not it is on the PATH."""
    return Path(sys.executable).with_name(name)


def _write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in ((folder / "__init__.py", _MARKER), (folder / name, text)):
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")
    return folder / name
