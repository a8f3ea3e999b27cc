"""What is refused before a table's versions or Trino are asked."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, cast

import pytest
from query_gateway.core.as_of import AsOf
from query_gateway.core.question import Limits, Question
from query_gateway.core.refusals import QuestionRefused, Reason
from query_gateway.flows.ask import Desk
from tidelake.testkit.clock import FakeClock

SECOND = timedelta(seconds=1)


class SeesTrips:
    """A catalogue in which every role reads one table."""

    def visible(self, _role: str) -> dict[str, str]:
        return {"silver.trips": "silver/trips"}


def desk(clock: FakeClock) -> Desk:
    """One that fails if it looks beyond its catalogue."""
    nobody = cast("Any", None)
    limits = Limits(SECOND, SECOND, 1, 1, 1)
    return Desk(cast("Any", SeesTrips()), nobody, nobody, limits, clock, SECOND, nobody)


def test_the_future_is_refused_by_the_gateways_clock() -> None:
    clock = FakeClock()
    as_of = AsOf(time=clock.now() + SECOND)
    question = Question("select 1 from silver.trips", (), as_of, 1, timedelta(seconds=60), 1)
    with pytest.raises(QuestionRefused, match="in the future") as refused:
        asyncio.run(desk(clock).ask("analysts", question))
    assert refused.value.reason is Reason.MALFORMED
