"""Changes of planes in a real PostgreSQL, which is killed meanwhile."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tidelake.bench.soak.checking import PLANES_NOW, source_planes
from tidelake.bench.writing.changes import ChangeSender
from tidelake.bench.writing.planes import PlaneChanges
from tidelake.cli.demo.source_tables import DATABASE, load_source_tables
from tidelake.local.home import Home
from tidelake.local.postgres import Postgres
from tidelake.local.process import kill
from tidelake.local.running import running
from tidelake.testkit.road.ports import quiet_port

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer, pytest.mark.timeout(120)]


def _until(reached: Callable[[], bool]) -> None:
    late = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < late, "nothing came"
        threading.Event().wait(0.05)


def test_what_postgres_acknowledged_is_in_the_table_although_it_was_killed(tmp_path: Path) -> None:
    home, port = Home(tmp_path / "home"), quiet_port()
    engine = Postgres(home, port)
    with running(engine, home) as server:
        load_source_tables(engine.login, home.sources, lambda _: None)
        tails = engine.login.ask(DATABASE, "select tailnum from app.planes order by tailnum")
        changes = PlaneChanges(tails[:200])
        with ChangeSender(engine.login, DATABASE, changes, rate=100, start_at=time.time()) as sender:
            _until(lambda: len(sender.writes) >= 100)
            kill(server.record)
            before = len(sender.writes)
            with running(engine, home):
                _until(lambda: len(sender.writes) >= before + 100)
                sender.end()
                _until(lambda: sender.done)
                sender.check()
                found = set(source_planes(engine.login.ask(DATABASE, PLANES_NOW)))

    newest = {one.identity.partition("@")[0]: one.identity for one in sender.writes}
    living = {tail: identity for tail, identity in newest.items() if identity in found}
    struck_off = {tail for tail in newest if tail.endswith("ZZ")} - living.keys()
    assert newest.keys() - living.keys() == struck_off, "only planes that were entered are struck off"
    assert len(tails) + len(living) - len(living.keys() & set(tails)) == len(found)
    assert sender.lost_hope == []
    dues = [one.due for one in sender.writes]
    assert dues == sorted(dues)
