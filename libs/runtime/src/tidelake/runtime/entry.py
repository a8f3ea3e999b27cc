"""The frame of every service's main: settings, logs, the one broad catch, the exit code."""

import sys
from collections.abc import Callable

import structlog
from tidelake.runtime.errors import LakeError
from tidelake.runtime.logs import configure_logging
from tidelake.runtime.settings import InvalidSettings, Settings, load_settings, service_name

EXIT_IN_ORDER = 0
EXIT_ERROR = 1
EXIT_BAD_SETTINGS = 2

log = structlog.get_logger()


def service_main(settings_cls: type[Settings], run: Callable[[Settings], None]) -> int:
    """Runs a service from its environment variables and returns the exit code: 0 stopped in order, 1 ended by
    an error, 2 settings that can't be used. (70 is the Watchdog's.) `run` opens everything, works until it is
    told to stop, and closes everything."""
    try:
        settings = load_settings(settings_cls)
    except InvalidSettings as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_BAD_SETTINGS
    service = service_name(settings_cls)
    configure_logging(service, settings.instance, settings.log_level)
    log.info("service_started", settings=settings.model_dump(mode="json"))
    try:
        run(settings)
    except LakeError as error:
        log.critical("service_failed", error=type(error).__name__, message=str(error), exit_code=EXIT_ERROR)
        return EXIT_ERROR
    except Exception as error:
        log.critical(
            "service_failed",
            error=type(error).__name__,
            message=str(error),
            exit_code=EXIT_ERROR,
            exc_info=True,
        )
        return EXIT_ERROR
    log.info("service_stopped", exit_code=EXIT_IN_ORDER)
    return EXIT_IN_ORDER
