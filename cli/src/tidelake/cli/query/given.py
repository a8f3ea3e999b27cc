"""What was given on the command line, as values."""

import json
from collections.abc import Sequence
from datetime import datetime

import typer
from tidelake.client.query import AsOf, Parameter
from tidelake.contracts.instants import parse_instant


def parameter(text: str) -> Parameter:
    """JSON's scalars are what JSON says; everything else is a text as it stands."""
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str | int | float | bool) or value is None else text


def as_of(given: Sequence[str]) -> AsOf | None:
    """One time, or versions by table. Raises typer.BadParameter."""
    if not given:
        return None
    if len(given) == 1 and "=" not in given[0]:
        return _time(given[0])
    versions: dict[str, int] = {}
    for text in given:
        table, equals, version = text.partition("=")
        if not equals or not version.isdecimal():
            raise typer.BadParameter(
                f"{text!r} is neither the only time, such as 2013-01-01T10:00:00Z, nor a version, such as "
                "silver.flights=12",
                param_hint="--as-of",
            )
        versions[table] = int(version)
    return versions


def _time(text: str) -> datetime:
    time = parse_instant(text)
    if time is None:
        raise typer.BadParameter(
            f"{text!r} is not a time with date, time of day and zone: write 2013-01-01T10:00:00Z, where Z is "
            "UTC, or 2013-01-01T11:00:00+01:00",
            param_hint="--as-of",
        )
    return time
