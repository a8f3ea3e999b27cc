"""Questions about flights, asked of any relation that has the columns of flights.csv.

The same text serves the lake's answers and the check against the CSV file.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """One question and the SQL that answers it from the views that it `reads`, in DuckDB as in Trino. Grain
    of `flights`: flight; of `weather`: origin and hour; of `planes`: plane. Shares are of 1e2, not of 100.0,
    which to Trino is a decimal of one digit."""

    title: str
    sql: str
    reads: tuple[str, ...] = ("flights",)


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


def _departures(title: str, label: str, measure: str, width: int) -> Question:
    """By a measure of the weather at the origin, in steps of that width."""
    return Question(
        title,
        f"""
    select cast(floor(weather.{measure} / {width}) * {width} as bigint) as {label}, count(*) as flights,
           round(avg(flights.dep_delay), 2) as mean_delay_minutes,
           round(1e2 * count(*) filter (where flights.dep_time is null) / count(*), 2) as cancelled_percent
    from flights
    join weather on weather.origin = flights.origin and weather.time_hour = flights.time_hour
    where weather.{measure} is not null group by 1 order by 1
    """,
        ("flights", "weather"),
    )


WIND = _departures("Departures by wind at the origin", "wind_from_mph", "wind_speed", 5)
VISIBILITY = _departures("Departures by visibility at the origin", "visible_miles_from", "visib", 2)
AGE = Question(
    "Arrivals by age of the plane",
    """
    select cast(floor((flights.year - planes.year) / 5e0) * 5 as bigint) as years_from, count(*) as flights,
           round(avg(flights.arr_delay), 2) as mean_delay_minutes
    from flights join planes on planes.tailnum = flights.tailnum
    where planes.year is not null group by 1 order by 1
    """,
    ("flights", "planes"),
)
MAKER = Question(
    "Arrivals by maker of the plane (at least 100 flights)",
    """
    select planes.manufacturer as maker, count(distinct planes.tailnum) as aircraft, count(*) as flights,
           round(avg(flights.arr_delay), 2) as mean_delay_minutes
    from flights join planes on planes.tailnum = flights.tailnum
    group by planes.manufacturer having count(*) >= 100 order by count(*) desc, maker
    """,
    ("flights", "planes"),
)
QUESTIONS = (CANCELLED, PUNCTUALITY, WORST_ROUTES)
"""Of flights alone."""
JOINED = (WIND, VISIBILITY, AGE, MAKER)
"""Of flights with what the other sources know."""
