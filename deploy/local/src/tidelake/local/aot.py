"""Start-up caches of Java processes: made by one start that serves nothing else, then used by all later ones.

A cache belongs to one Java runtime, one class path and one set of flags; its file name says which.
"""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from tidelake.local.alone import alone
from tidelake.local.home import Home
from tidelake.local.jre import java
from tidelake.local.process import stop_all
from tidelake.local.readiness import StartCancelled
from tidelake.local.watching import SilentWatcher, Watcher
from tidelake.runtime.errors import LakeError

_KEPT_PER_ENGINE = 2
_TRIED_AGAIN_AFTER = timedelta(days=1)


def start_up_cache(
    folder: Path,
    engine: str,
    flags: Sequence[str],
    jars: Sequence[Path],
    train: Callable[[Path, Path], None],
    watcher: Watcher | None = None,
    abandoned: Callable[[], bool] = lambda: False,
) -> Path | None:
    """The cache's path; `train(scratch, output)` makes it when there is none, in homes right below `scratch`.
    None when it could not be made: the engine then starts the slow way, which is no reason to stop. It is
    told why, and tried again a day later.

    One process trains at a time; a killed one leaves no cache that is taken for whole, and what it started
    is ended by the next. Raises StartCancelled.
    """
    kept = folder / "aot" / f"{engine}-{_key(flags, jars)}.aot"
    failed = kept.with_suffix(".failed")
    if kept.exists():
        return kept
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with alone(kept.parent / f"{engine}.lock", abandoned):
            if kept.exists():
                return kept
            if failed.exists() and time.time() - failed.stat().st_mtime < _TRIED_AGAIN_AFTER.total_seconds():
                return None
            prefix = f"training-{engine}-"
            _end_leftovers(kept.parent, prefix)
            with tempfile.TemporaryDirectory(dir=kept.parent, prefix=prefix) as scratch:
                output = Path(scratch) / kept.name
                train(Path(scratch), output)
                output.replace(kept)
            failed.unlink(missing_ok=True)
            _forget_old(kept, engine)
    except StartCancelled:
        raise
    except (OSError, LakeError) as error:
        _tell(engine, failed, str(error), watcher or SilentWatcher())
        return None
    return kept


def _tell(engine: str, failed: Path, reason: str, watcher: Watcher) -> None:
    try:
        failed.write_text(reason + "\n", encoding="utf-8")
    except OSError as also:  # a disk that is full: it is tried again at the next start
        reason = f"{reason} ({also})"
    first, *_ = reason.splitlines() or [""]
    watcher.doing(engine, f"it will start slowly, as no start-up cache could be made: {first} See {failed}")


def _end_leftovers(folder: Path, prefix: str) -> None:
    """What a training left that was killed: nobody else knows its processes."""
    for scratch in folder.glob(f"{prefix}*"):
        for home in (one for one in scratch.iterdir() if one.is_dir()):
            stop_all(Home(home), force=lambda: True)
        shutil.rmtree(scratch, ignore_errors=True)


def _key(flags: Sequence[str], jars: Sequence[Path]) -> str:
    release = (java().parent.parent / "release").read_text(encoding="utf-8")
    # Java itself refuses a cache whose jars have another size or time than when it was made.
    stats = [(str(jar), jar.stat().st_size, jar.stat().st_mtime_ns) for jar in jars]
    return hashlib.sha256(repr((release, list(flags), stats)).encode()).hexdigest()[:16]


def _forget_old(kept: Path, engine: str) -> None:
    caches = sorted(kept.parent.glob(f"{engine}-*.aot"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in caches[_KEPT_PER_ENGINE:]:
        old.unlink()
        old.with_suffix(".failed").unlink(missing_ok=True)
