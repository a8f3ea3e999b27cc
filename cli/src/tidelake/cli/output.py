"""Where every command writes for people: one kind of console for all of them."""

from typing import IO

from rich.console import Console

# In a file or a pipe nobody looks through a window of 80 columns: no cell is cut or folded there.
_UNBOUNDED = 4096


def console(*, stderr: bool = False, file: IO[str] | None = None) -> Console:
    """The screen as wide as it is; a file or a pipe so wide that a row is a line and a word stays whole."""
    made = Console(stderr=stderr, file=file, highlight=False, soft_wrap=True)
    if not made.file.isatty():
        made.width = _UNBOUNDED
    return made
