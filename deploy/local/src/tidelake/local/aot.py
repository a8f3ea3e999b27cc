"""Start-up caches of Java processes: made by one start that serves nothing else, then used by all later ones.

A cache belongs to one Java runtime, one class path and one set of flags; its file name says which.
"""

import fcntl
import hashlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tidelake.local.jre import java
from tidelake.runtime.errors import LakeError

_KEPT_PER_ENGINE = 2


def start_up_cache(
    folder: Path, engine: str, flags: Sequence[str], jars: Sequence[Path], train: Callable[[Path, Path], None]
) -> Path | None:
    """The cache's path; `train(scratch, output)` makes it when there is none. None when it could not be made:
    the engine then starts the slow way, which is no reason to stop.

    One process trains at a time; a killed one leaves no cache that is taken for whole.
    """
    kept = folder / "aot" / f"{engine}-{_key(flags, jars)}.aot"
    if kept.exists():
        return kept
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with (kept.parent / f"{engine}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                with tempfile.TemporaryDirectory(dir=kept.parent, prefix="training-") as scratch:
                    output = Path(scratch) / kept.name
                    train(Path(scratch), output)
                    output.replace(kept)
                _forget_old(kept, engine)
    except (OSError, LakeError):
        return None
    return kept


def _key(flags: Sequence[str], jars: Sequence[Path]) -> str:
    release = (java().parent.parent / "release").read_text(encoding="utf-8")
    # Java itself refuses a cache whose jars have another size or time than when it was made.
    stats = [(str(jar), jar.stat().st_size, jar.stat().st_mtime_ns) for jar in jars]
    return hashlib.sha256(repr((release, list(flags), stats)).encode()).hexdigest()[:16]


def _forget_old(kept: Path, engine: str) -> None:
    caches = sorted(kept.parent.glob(f"{engine}-*.aot"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in caches[_KEPT_PER_ENGINE:]:
        old.unlink()
