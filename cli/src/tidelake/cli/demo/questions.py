"""Questions about flights, asked of any relation that has the columns of flights.csv.

The same text serves the lake's answers and the check against the CSV file.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """One question and the SQL (DuckDB) that answers it from a view `flights`. Grain of `flights`: flight."""

    title: str
    sql: str


QUESTIONS = (
    Question(
        "Flights by origin, and how many never left",
        """
        select origin, count(*) as flights, count(*) filter (where dep_time is null) as cancelled,
               round(100.0 * count(*) filter (where dep_time is null) / count(*), 2) as cancelled_percent
        from flights group by origin order by origin
        """,
    ),
    Question(
        "Punctuality by carrier (arrived less than 15 minutes late)",
        """
        select carrier, count(*) as flights, round(avg(arr_delay), 2) as mean_delay_minutes,
               round(100.0 * count(*) filter (where arr_delay < 15) / nullif(count(arr_delay), 0), 2)
                   as on_time_percent
        from flights group by carrier order by on_time_percent desc nulls last, carrier
        """,
    ),
    Question(
        "Worst routes (at least 50 flights that arrived)",
        """
        select origin || '-' || dest as route, count(arr_delay) as arrived,
               round(avg(arr_delay), 2) as mean_delay_minutes
        from flights group by origin, dest having count(arr_delay) >= 50
        order by mean_delay_minutes desc, route limit 5
        """,
    ),
)
