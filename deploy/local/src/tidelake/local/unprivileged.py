"""Programs that refuse to run as root, run as nobody where this process is root (docs/decisions/0033)."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from tidelake.runtime.errors import LakeError, Terminal

NOBODY = 65534
# The first that this system lets a process have: reading everywhere, or (containers) writing too.
_REACHING = {"dac_read_search": 2, "dac_override": 1}


class NoWayDown(LakeError, Terminal):
    """This process is root, and can't start a program as another user."""

    def __init__(self, program: str) -> None:
        super().__init__(
            f"{program} refuses to run as root, and setpriv, which would start it as nobody, is not there. "
            "Run ./lake as an ordinary user, or install util-linux."
        )
        self.program = program


def is_root() -> bool:
    """Whether programs must be started as somebody else."""
    return os.geteuid() == 0


def as_ordinary_user(command: Sequence[str]) -> list[str]:
    """`command` as it is for an ordinary user; for root, the same as nobody, who may look into all folders.

    Raises NoWayDown.
    """
    if not is_root():
        return list(command)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise NoWayDown(Path(command[0]).name)
    rights = _reaching_capability()
    kept = [f"--inh-caps=+{rights}", f"--ambient-caps=+{rights}"] if rights else []
    return [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *kept, "--", *command]


def give_away(folder: Path) -> None:
    """Makes the folder that of whom `as_ordinary_user` runs programs as."""
    if is_root():
        os.chown(folder, NOBODY, NOBODY)


def _reaching_capability() -> str | None:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    bounding = next(line for line in status.splitlines() if line.startswith("CapBnd:"))
    allowed = int(bounding.split()[1], 16)
    return next((name for name, bit in _REACHING.items() if allowed >> bit & 1), None)
