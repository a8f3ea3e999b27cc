"""Files that their owner alone can read: secrets, which stand in no command line, and what holds one."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def new_password() -> str:
    """256 random bits, in letters, digits, dash and underscore."""
    return secrets.token_urlsafe(32)


def kept_file(path: Path, make: Callable[[], str]) -> str:
    """The text in `path`; `make()` gives it when there is none yet. Two that ask at once get the same."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_text(encoding="utf-8")
    draft = _draft(path, make())
    try:
        # Unlike a rename, a link does not take the place of what another process was quicker to write.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_text(encoding="utf-8")


def write_private(path: Path, text: str) -> None:
    """Writes or replaces `path`, whole or not at all, readable by its owner alone."""
    _draft(path, text).replace(path)


def _draft(path: Path, text: str) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft
