"""The libraries' log lines stay off the screen: what a user must know, a command says itself."""

import logging
import os
import sys
from collections.abc import Mapping

import structlog


def quiet_logs(environ: Mapping[str, str] = os.environ) -> None:
    """Only lines of `$LAKE_LOG_LEVEL` (CRITICAL without it) and above are written, to standard error."""
    level = logging.getLevelNamesMapping().get(environ.get("LAKE_LOG_LEVEL", ""), logging.CRITICAL)
    logging.basicConfig(level=level, stream=sys.stderr)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
