"""`--json FILE`, as every command has it: refused before anything is done when it can't be written."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer


def writable(file: Path | None) -> Path | None:
    """The same file, which can be written; it is neither made nor changed. Raises typer.BadParameter."""
    if file is not None and (reason := _unfit(file)):
        raise typer.BadParameter(f"{file} can't be written: {reason}. Nothing was done.")
    return file


def _unfit(file: Path) -> str | None:
    folder = file.resolve().parent
    if file.is_dir():
        return "it is a folder; name a file in it"
    if file.exists():
        return None if os.access(file, os.W_OK) else "this user may not change it"
    if not folder.is_dir():
        return f"there is no folder {folder}"
    try:
        # Without a name: nothing is left behind, whatever happens.
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return f"no file can be made in {folder} ({error.strerror})"


JsonFile = Annotated[
    Path | None,
    typer.Option(
        "--json", metavar="FILE", callback=writable, help="Write the result as JSON to this file, too."
    ),
]
