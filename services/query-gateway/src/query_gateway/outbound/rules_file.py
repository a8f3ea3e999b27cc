"""The file that Trino reads its access rules from, again every second."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from tidelake.runtime.errors import Blocked, LakeError


class RulesNotWritten(LakeError, Blocked):
    """Trino's file of access rules can't be written."""

    def __init__(self, path: Path, cause: str) -> None:
        self.path = path
        super().__init__(
            f"The access rules can't be written to {path}: {cause}. Those that stand there stay in force. "
            "Make its folder writable for the gateway; it tries again by itself."
        )


def write_rules(path: Path, rules: Mapping[str, Any]) -> bool:
    """Replaces the file at once and whole, unless it says the same already; True if it did. Raises
    RulesNotWritten."""
    content = orjson.dumps(rules, option=orjson.OPT_INDENT_2)
    try:
        if path.exists() and path.read_bytes() == content:
            return False
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        new = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise RulesNotWritten(path, error.strerror or str(error)) from error
    return True
