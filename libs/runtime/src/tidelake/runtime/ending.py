"""The last line of every process of ours."""

import contextlib
import os
import sys
from typing import NoReturn


def end_process(code: int) -> NoReturn:
    """Ends the process with this code, when everything is closed.

    Not sys.exit: threads of the native clients may still be at work, as a compaction is. One that comes back
    while the interpreter takes itself apart crashes the process, and a stop in order would look like none.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)
