"""`lake bench gateway`: the same questions through the gateway and straight to Trino, on its own stack."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from tidelake.bench.costs import Meter
from tidelake.bench.errors import BenchInterrupted
from tidelake.bench.gateway.pairs import Ask, Question, ask_in_turn, pair_rows
from tidelake.bench.machine import load_average
from tidelake.bench.own_stack import own_stack
from tidelake.bench.road.measure import Publish, open_road
from tidelake.bench.rows import Row, row
from tidelake.bench.waiting import wait_for
from tidelake.client.ingest import IngestClient
from tidelake.client.query import QueryClient
from tidelake.local.memory import Cost
from tidelake.local.parts import QUERY, ROAD
from tidelake.local.stack import Stack
from tidelake.local.trino_login import ADMIN, TrinoLogin
from tidelake.local.watching import Watcher
from tidelake.runtime.shutdown import StopSignal
from trino import dbapi
from trino.auth import JWTAuthentication

QUESTIONS = (
    Question("SELECT 1", "select 1"),
    Question(
        "a small silver query",
        "select carrier, count(*) from silver.flights where origin = 'EWR' group by carrier",
    ),
)
OnQuestion = Callable[[Question], None]
_WARM_UP = 20  # pairs that don't count
_IN_SILVER = timedelta(seconds=120)
_VALID = timedelta(hours=1)


def measure_gateway(
    publish: Publish,
    events: Sequence[bytes],
    pairs: int,
    *,
    watcher: Watcher,
    stop: StopSignal,
    on_question: OnQuestion,
) -> list[Row]:
    """Rows of each question, and what Trino and gateway cost. `on_question` hears of each before it is asked.

    Raises BenchFailed, BenchInterrupted, and what starting a stack raises; nothing is left running.
    """

    def go_on() -> None:
        if stop.requested:
            raise BenchInterrupted

    with own_stack(watcher, stop, writers=1, parts={ROAD, QUERY}) as stack:
        stack.up(watcher, stop)
        contract = publish(stack)
        road = open_road(stack, contract, events, stop)
        assert road.reader_key is not None, "the query layer has a gateway"
        with (
            IngestClient(stack.router_url, road.api_key) as lake,
            QueryClient(stack.gateway_url, road.reader_key) as gateway,
            _straight(stack.trino) as straight,
        ):

            def through(sql: str) -> Sequence[tuple[Any, ...]]:
                return list(gateway.query(sql))

            lake.publish_many(contract.address, events)
            count = "select count(*) from silver.flights"
            wait_for(
                lambda: list(through(count)) == [(len(events),)],
                "silver with every event",
                stop,
                within=_IN_SILVER,
                every=timedelta(seconds=1),
            )
            rows: list[Row] = []
            costs: Mapping[str, Cost] = {}
            load_before = load_average()
            for question in QUESTIONS:
                on_question(question)
                ask_in_turn(question, through, straight, _WARM_UP, go_on)
                meter = _meter(stack)
                rows += pair_rows(question, ask_in_turn(question, through, straight, pairs, go_on))
                costs = meter.look()
                for name, cost in costs.items():
                    asked = pairs if name == "query-gateway" else 2 * pairs
                    milliseconds = cost.cpu_seconds / asked * 1000
                    rows.append(row(f"{question.name}: CPU {name} a question", "ms", [milliseconds]))
        return [
            *rows,
            *(row(f"largest PSS {name}", "MB", [cost.pss_bytes / 1e6]) for name, cost in costs.items()),
            row("load average before", "processes", [load_before]),
            row("load average at the end", "processes", [load_average()]),
        ]


def _meter(stack: Stack) -> Meter:
    return Meter({name: stack.records[name].pid for name in ("query-gateway", "trino")})


@contextmanager
def _straight(login: TrinoLogin) -> Generator[Ask]:
    """By the trino client as its documentation shows it, over one connection that is kept."""
    address = urlsplit(login.url)
    with requests.Session() as session:
        session.trust_env = False  # else $REQUESTS_CA_BUNDLE goes before the certificate
        session.verify = str(login.certificate)
        connection = cast("Any", dbapi).connect(
            host=address.hostname,
            port=address.port,
            http_scheme="https",
            user=ADMIN,
            catalog="lake",
            auth=JWTAuthentication(login.token(ADMIN, _VALID)),
            verify=str(login.certificate),
            http_session=session,
        )

        def ask(sql: str) -> Sequence[tuple[Any, ...]]:
            cursor = connection.cursor()
            cursor.execute(sql)
            return [tuple(row) for row in cast("list[list[Any]]", cursor.fetchall())]

        yield ask
