"""The demo's questions, asked of silver through the gateway."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import orjson
from deltalake import DeltaTable

from .answers import Answer
from .gateway import Ask
from .own_flights import columns_of, own_flights
from .questions import Question


@dataclass(frozen=True, slots=True)
class SilverIds:
    """Event ids of silver's rows of some months."""

    own: tuple[str, ...]  # of the demo's flights
    foreign: tuple[str, ...]  # of what somebody else sent


@dataclass(frozen=True, slots=True)
class Asked:
    """Answers, and the version of silver that they are of."""

    answers: Sequence[Answer]
    version: int


def silver_ids(silver: DeltaTable, months: Collection[int]) -> SilverIds:
    """Read from the version of the table that is open, by no engine of the lake's."""
    with own_flights(months) as connection:
        connection.register("silver", columns_of(silver, ["lake_event_id", "month"]))
        found = connection.sql(
            """
            select lake_event_id, id is not null from silver left join own on decode(id) = lake_event_id
            where silver.month in (select month from own) order by 1
            """
        ).fetchall()
    return SilverIds(
        tuple(event_id for event_id, is_own in found if is_own),
        tuple(event_id for event_id, is_own in found if not is_own),
    )


def answers_from_silver(
    ask: Ask,
    questions: Sequence[Question],
    silver: str,
    months: Collection[int],
    foreign: Collection[str],
    versions: Mapping[str, int],
) -> Asked:
    """Of the table `silver` those months without the foreign events; as it is now, or in the version named.

    Raises NotAnswered.
    """
    chosen = ", ".join(map(str, sorted(months)))
    flights = (
        f"with flights as (select * from {silver} where month in ({chosen}) "
        "and not contains(cast(json_parse(?) as array(varchar)), lake_event_id)) "
    )
    answers: list[Answer] = []
    read = versions
    for question in questions:
        reply = ask(flights + question.sql.strip(), [orjson.dumps(list(foreign)).decode()], read)
        answers.append(Answer(question, reply.columns, reply.rows))
        read = reply.versions  # all of them are asked of one state
    return Asked(answers, read[silver])
