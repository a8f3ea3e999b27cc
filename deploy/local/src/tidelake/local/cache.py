"""Where downloads and start-up caches are kept between runs."""

import os
from collections.abc import Mapping
from pathlib import Path


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """`$TIDELAKE_CACHE`, else `~/.cache/tidelake`. The folder need not exist yet."""
    chosen = environ.get("TIDELAKE_CACHE")
    return Path(chosen).expanduser().absolute() if chosen else Path.home() / ".cache" / "tidelake"
