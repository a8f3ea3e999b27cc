"""Which checkout, and so which local stack, a command speaks of."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tidelake.local.home import Home
from tidelake.local.parts import parts_from_environ
from tidelake.local.remembered_ports import ports_of

if TYPE_CHECKING:
    from tidelake.local.stack import Stack


def checkout() -> Path:
    """The folder that holds `lake`; the packages are installed from it in place."""
    return Path(__file__).resolve().parents[4]


def local_home(environ: Mapping[str, str] = os.environ) -> Home:
    """The state folder of this checkout's stack, or the one that `$LAKE_HOME` names. Raises HomeUnusable."""
    home = Home.from_environ(environ, checkout())
    home.look()
    return home


def default_stack(environ: Mapping[str, str] = os.environ) -> Stack:
    """The stack of this checkout, or the one that `$LAKE_HOME`, `$LAKE_PORTS` and `$LAKE_PARTS` name.

    Raises HomeUnusable, InvalidPorts, OtherPorts.
    """
    from tidelake.local.stack import Stack  # with all its engines: help needs none of them

    home = local_home(environ)
    return Stack(home, ports_of(home, environ), parts=parts_from_environ(environ))
