"""What is wrong in a lake whose processes run. Servers here say what the real ones say."""

from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.lake_check import alerts, lines_finding, slot_finding, slots
from tidelake.local.postgres import Postgres
from tidelake.local.running import running
from tidelake.local.slots import Slot
from tidelake.testkit.road.waiting import until


@contextmanager
def serving(path: str, content: bytes) -> Generator[str]:
    """A server that answers one path; its address without a slash at its end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == path else 404)
            self.end_headers()
            self.wfile.write(content if self.path == path else b"")

        def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("slot", "connect_runs", "advice"),
    [
        (Slot("s", "d", active=True, wal_status="reserved", retained_bytes=10**9), True, ""),
        (Slot("s", "d", active=False, wal_status="reserved", retained_bytes=1000), True, ""),
        (Slot("s", "d", active=False, wal_status="extended", retained_bytes=10**9), False, ""),
        (Slot("s", "d", active=False, wal_status="extended", retained_bytes=10**9), True, "drop the slot"),
        (Slot("s", "d", active=False, wal_status="lost", retained_bytes=0), False, "new major version"),
    ],
)
def test_a_slot_that_is_lost_or_left_unread_is_found(slot: Slot, connect_runs: bool, advice: str) -> None:
    finding = slot_finding(slot, connect_runs=connect_runs)
    assert (finding is None) is not bool(advice)
    assert finding is None or advice in finding.advice


@pytest.mark.parametrize(
    ("dead", "lines", "ok"), [(0, 0, True), (10, 1000, True), (11, 1000, False), (1, 1, False)]
)
def test_dead_letters_that_pile_up_are_found(dead: int, lines: int, ok: bool) -> None:
    finding = lines_finding(dead, lines)
    assert finding.ok is ok
    assert ok or "./lake dead-letters ls" in finding.advice


def test_alerts_that_fire_are_found_and_those_that_may_yet_are_not() -> None:
    said = (
        b"# TYPE lake_alerts gauge\n"
        b'lake_alerts{alert="LedgerGap",dataset="logs.inbound",state="firing"} 1.0\n'
        b'lake_alerts{alert="FreshnessSlo",dataset="flights",state="pending"} 1.0\n'
    )
    with serving("/metrics", said) as url:
        [finding] = alerts(f"{url}/")
    assert (finding.ok, finding.seen) == (False, "LedgerGap of logs.inbound fires")
    with serving("/metrics", b"") as url:
        assert alerts(f"{url}/")[0].ok


def test_who_does_not_answer_is_told_as_a_process_and_not_here() -> None:
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    assert alerts(f"{url}/") == []


@pytest.mark.conformance
@pytest.mark.query_layer
def test_a_real_slot_is_told_when_nobody_reads_it_and_when_it_is_lost(home: Home) -> None:
    postgres = Postgres(home, free_ports(1)[0])
    with running(postgres, home):

        def run(sql: str) -> None:
            postgres.login.ask("postgres", sql)

        run("select pg_create_logical_replication_slot('s', 'pgoutput')")
        [fresh] = slots(postgres.login, {"connect"})
        assert fresh.ok
        run(
            "select count(pg_logical_emit_message(false, 't', repeat('x', 1000000))) "
            "from generate_series(1, 80)"
        )
        [unread] = slots(postgres.login, {"connect"})
        assert "nobody reads it" in unread.seen
        assert "pg_drop_replication_slot('s')" in unread.advice
        [nobody_could] = slots(postgres.login, set())
        assert nobody_could.ok
        # Not by its size: the local stack gives that on the command line.
        run("alter system set idle_replication_slot_timeout = '1s'")
        run("select pg_reload_conf()")

        def lost() -> bool:
            run("checkpoint")  # which looks at the limit, once that was read
            [found] = slots(postgres.login, {"connect"})
            return "slot s: lost" in found.seen and "new major version" in found.advice

        until(lost, 20.0, "the slot is lost")
