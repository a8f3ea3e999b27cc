"""Changes that the lake itself can't go on with are named with those whom they break."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tidelake.contracts.compatibility import lake_breaks
from tidelake.contracts.contract import Contract


@pytest.mark.parametrize(
    ("change", "side", "field"),
    [
        ({"id_fields": ("carrier", "flight")}, "readers", "idFields"),
        ({"id_fields": ("carrier", "time_hour", "flight")}, "readers", "idFields"),
        ({"mode": "upsert"}, "readers", "mode"),
        ({"event_time": None}, "readers", "eventTime"),
        ({"source": "log"}, "producers", "source"),
        ({"producers": frozenset({"somebody"})}, "producers", "roles"),
    ],
)
def test_a_break_is_named(change: dict[str, Any], side: str, field: str, flights: Contract) -> None:
    assert [(found.side, found.field) for found in lake_breaks(flights, replace(flights, **change))] == [
        (side, field)
    ]


@pytest.mark.parametrize(
    "change",
    [{}, {"partitions": 7}, {"description": "other"}, {"producers": frozenset({"airport-ops", "somebody"})}],
)
def test_what_breaks_nobody_is_no_break(change: dict[str, Any], flights: Contract) -> None:
    assert not list(lake_breaks(flights, replace(flights, **change)))
