"""The demo's questions, asked of silver through the gateway."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from deltalake import DeltaTable

from .answers import Answer
from .gateway import Ask, AsOf
from .own_flights import columns_of, own_flights
from .questions import Question


@dataclass(frozen=True, slots=True)
class SilverIds:
    """Event ids of silver's rows of some months."""

    own: tuple[str, ...]  # of the demo's flights
    foreign: tuple[str, ...]  # of what somebody else sent


@dataclass(frozen=True, slots=True)
class Asked:
    """Answers, and the version of each table that they are of."""

    answers: Sequence[Answer]
    versions: Mapping[str, int]


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
    tables: Mapping[str, str],
    months: Collection[int],
    foreign: Collection[str],
    as_of: AsOf,
) -> Asked:
    """Of those months' flights without the foreign events, and of the other `tables`, each named by what the
    questions call it; as they are now, as they were then, or in the versions named. All answers are of one
    state. Raises NotAnswered.
    """
    chosen = ", ".join(map(str, sorted(months)))
    only = f"month in ({chosen}) and not contains(cast(json_parse(?) as array(varchar)), lake_event_id)"
    answers: list[Answer] = []
    versions: dict[str, int] = {} if isinstance(as_of, datetime) else dict(as_of)
    for question in questions:
        views = (
            f"{name} as (select * from {tables[name]}{f' where {only}' if name == 'flights' else ''})"
            for name in question.reads
        )
        sql = f"with {', '.join(views)} {question.sql.strip()}"
        read = {table: versions[table] for name in question.reads if (table := tables[name]) in versions}
        reply = ask(
            sql,
            [orjson.dumps(list(foreign)).decode()],
            as_of if isinstance(as_of, datetime) else read,
        )
        answers.append(Answer(question, reply.columns, reply.rows))
        versions.update(reply.versions)
    return Asked(answers, versions)
