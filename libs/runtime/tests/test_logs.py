import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from opentelemetry import trace
from tidelake.runtime.logs import configure_logging
from tidelake.runtime.telemetry import extract, start_telemetry

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Any:
    configure_logging("bronze-writer", "host-1", "INFO")
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_fact_is_one_json_object_a_line(lines: Any):
    structlog.get_logger().info("batch_committed", table="flights", rows=3)
    (line,) = lines()
    stamp = datetime.fromisoformat(line.pop("timestamp"))
    assert stamp.utcoffset() == UTC.utcoffset(None)
    assert line == {
        "event": "batch_committed",
        "level": "info",
        "service": "bronze-writer",
        "instance": "host-1",
        "table": "flights",
        "rows": 3,
    }


def test_what_json_does_not_know_never_costs_the_line(lines: Any):
    log = structlog.get_logger()
    log.info("strange_values", bytes_=b"\xff", error=ValueError("x"), keys={1: 2})
    log.info("too_large", big=2**70)
    log.info("half_a_character", text="\ud800")
    assert [line["event"] for line in lines()] == ["strange_values", "too_large", "half_a_character"]


def test_what_is_bound_to_the_context_is_in_every_line(lines: Any):
    with structlog.contextvars.bound_contextvars(topic="events.flights"):
        structlog.get_logger().info("batch_taken")
    assert lines()[0]["topic"] == "events.flights"


def test_a_line_below_the_level_is_not_written(lines: Any):
    structlog.get_logger().debug("details")
    assert lines() == []


def test_libraries_write_the_same_lines_from_warning_up(lines: Any):
    logging.getLogger("librdkafka").info("chatter")
    logging.getLogger("librdkafka").warning("broker %s is down", 1)
    (line,) = lines()
    assert (line["event"], line["logger"], line["service"]) == (
        "broker 1 is down",
        "librdkafka",
        "bronze-writer",
    )


def test_an_error_comes_with_its_traceback_in_the_same_line(lines: Any):
    try:
        raise ArithmeticError("boom")
    except ArithmeticError:
        structlog.get_logger().exception("commit_failed")
    (line,) = lines()
    assert "ArithmeticError: boom" in line["exception"]


def test_a_line_within_a_trace_names_it(lines: Any):
    header = f"00-{TRACE}-00f067aa0ba902b7-01".encode()
    with start_telemetry("s", "1", "i") as telemetry:
        parent = extract([("traceparent", header)])
        with telemetry.tracer.start_as_current_span("handle", context=parent):
            span = trace.get_current_span().get_span_context().span_id
            structlog.get_logger().info("batch_taken")
    (line,) = lines()
    assert (line["trace_id"], line["span_id"]) == (TRACE, format(span, "016x"))
