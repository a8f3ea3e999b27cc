"""Questions about flights, asked of any relation that has the columns of flights.csv.

The same text serves the lake's answers and the check against the CSV file.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """One question and the SQL that answers it from a view `flights`, in DuckDB as in Trino. Grain of
    `flights`: flight. Shares are of 1e2, not of 100.0, which to Trino is a decimal of one digit."""

    title: str
    sql: str


CANCELLED = Question(
    "Flights by origin, and how many never left",
    """
    select origin, count(*) as flights, count(*) filter (where dep_time is null) as cancelled,
           round(1e2 * count(*) filter (where dep_time is null) / count(*), 2) as cancelled_percent
    from flights group by origin order by origin
    """,
)
PUNCTUALITY = Question(
    "Punctuality by carrier (arrived less than 15 minutes late)",
    """
    select carrier, count(*) as flights, round(avg(arr_delay), 2) as mean_delay_minutes,
           round(1e2 * count(*) filter (where arr_delay < 15) / nullif(count(arr_delay), 0), 2)
               as on_time_percent
    from flights group by carrier order by on_time_percent desc nulls last, carrier
    """,
)
WORST_ROUTES = Question(
    "Worst routes (at least 50 flights that arrived)",
    """
    select origin || '-' || dest as route, count(arr_delay) as arrived,
           round(avg(arr_delay), 2) as mean_delay_minutes
    from flights group by origin, dest having count(arr_delay) >= 50
    order by mean_delay_minutes desc, route limit 5
    """,
)
QUESTIONS = (CANCELLED, PUNCTUALITY, WORST_ROUTES)
