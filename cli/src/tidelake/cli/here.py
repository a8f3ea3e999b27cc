"""Which checkout, and so which local stack, a command speaks of."""

import os
from collections.abc import Mapping
from pathlib import Path

from tidelake.local.home import Home
from tidelake.local.parts import parts_from_environ
from tidelake.local.ports import StackPorts
from tidelake.local.stack import Stack


def checkout() -> Path:
    """The folder that holds `lake`; the packages are installed from it in place."""
    return Path(__file__).resolve().parents[4]


def default_stack(environ: Mapping[str, str] = os.environ) -> Stack:
    """The stack of this checkout, or the one that `$LAKE_HOME`, `$LAKE_PORTS` and `$LAKE_PARTS` name."""
    home, ports = Home.from_environ(environ, checkout()), StackPorts.from_environ(environ)
    return Stack(home, ports, parts=parts_from_environ(environ))
