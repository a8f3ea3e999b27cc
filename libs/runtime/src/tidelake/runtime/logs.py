"""Logs: one JSON object a line on stdout, facts with fields, UTC, with the trace they belong to."""

import json
import logging
import sys
from typing import Any, TextIO, cast

import orjson
import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger


def configure_logging(service: str, instance: str, level: str = "INFO") -> None:
    """Sends structlog's and the standard library's records to stdout as JSON lines; main calls it once.

    Use: `log = structlog.get_logger(); log.info("batch_committed", table=name, rows=n)`.
    """
    threshold = logging.getLevelNamesMapping()[level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        _adder(service=service, instance=instance),
        _add_trace,
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
    ]
    stdout = cast(TextIO, _Stdout())
    render = structlog.processors.JSONRenderer(serializer=_json)
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=stdout),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.root.handlers = [handler]
    # Libraries tell much at INFO that is no fact about the lake.
    logging.root.setLevel(max(threshold, logging.WARNING))


class _Stdout:
    """Whatever sys.stdout is when a line is written: tests and supervisors replace it."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


def _adder(**fields: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.update(fields)
        return event

    return add


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event["trace_id"] = format(span.trace_id, "032x")
        event["span_id"] = format(span.span_id, "016x")
    return event


def _json(event: Any, **_options: object) -> str:
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        # Integers above 64 bits, halves of characters: no value may ever cost the line.
        return json.dumps(event, default=repr, skipkeys=True)
