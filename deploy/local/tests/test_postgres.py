"""PostgreSQL as a process, in earnest."""

import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.identity import process_identity
from tidelake.local.postgres import DATABASES, METASTORE, Postgres, make_databases
from tidelake.local.postgres_folder import InitFailed
from tidelake.local.process import kill, launch, stop
from tidelake.local.psql import PostgresLogin, QueryFailed, program
from tidelake.local.readiness import wait_until_ready
from tidelake.local.running import running


@pytest.fixture
def postgres(home: Home) -> Postgres:
    return Postgres(home, free_ports(1)[0])


def test_nobody_there_is_not_ready(postgres: Postgres) -> None:
    assert "Connection refused" in (postgres.unready() or "")


def test_a_folder_that_can_not_be_made_is_an_error_with_its_reason(postgres: Postgres, home: Home) -> None:
    (home.data / "postgres").mkdir()
    (home.data / "postgres" / "in the way").touch()
    with pytest.raises(InitFailed, match=r"could not prepare its folder.*not empty.*Check that the disk"):
        postgres.prepare()


def suspended(one: psutil.Process) -> bool:
    """Keeps a child of the server from noticing that this is gone; false where it has ended by itself."""
    try:
        one.suspend()
    except psutil.NoSuchProcess:
        return False  # it served a question of psql's
    return True


@pytest.mark.conformance
@pytest.mark.query_layer
def test_it_keeps_what_was_committed_over_sigkill_even_when_its_children_outlive_it(
    postgres: Postgres, home: Home
) -> None:
    with running(postgres, home) as child:
        make_databases(postgres.login)
        postgres.login.ask(METASTORE, "create table t (n int); insert into t values (7)")
        children = [one for one in psutil.Process(child.record.pid).children() if suspended(one)]
        assert len(children) > 2
        kill(child.record)
        child.handle.wait()
        program = postgres.prepare()
        assert not any(process_identity(one.pid) for one in children)
        again = launch(postgres, program, home)
        wait_until_ready(postgres, again.outcome, home, program.start_timeout)
        make_databases(postgres.login)
        assert postgres.login.ask(METASTORE, "select n from t") == ["7"]
        assert stop(again.record, home)
        again.handle.wait()


@pytest.mark.conformance
@pytest.mark.query_layer
def test_it_stops_in_order_and_quickly_although_a_client_is_busy(postgres: Postgres, home: Home) -> None:
    with running(postgres, home) as child:
        command = [str(program("psql")), "-w", "-h", "127.0.0.1", "-p", str(postgres.ports[0].number)]
        environ = {**os.environ, "PGPASSWORD": postgres.login.password}
        command += ["-U", "lake", "-d", "postgres", "-c", "select pg_sleep(100)"]
        client = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
        while (
            postgres.login.ask("postgres", "select 1 from pg_stat_activity where query ~ 'sleep.100'") == []
        ):
            pass
        began = time.monotonic()
        assert stop(child.record, home)
        assert time.monotonic() - began < 10
        assert child.handle.wait() == 0
        assert client.wait(10) != 0
    assert "database system is shut down" in home.log("postgres").read_text()


@pytest.mark.conformance
@pytest.mark.query_layer
def test_a_preparation_that_broke_off_and_a_lock_of_a_process_with_another_pid_do_not_hinder_it(
    postgres: Postgres, home: Home
) -> None:
    (home.data / "postgres.new").mkdir()
    (home.data / "postgres.new" / "PG_VERSION").write_text("18")
    postgres.prepare()
    (home.data / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    with running(postgres, home):
        assert postgres.unready() is None


@pytest.mark.conformance
@pytest.mark.query_layer
def test_databases_are_made_once_and_what_followers_of_changes_need_is_set(
    postgres: Postgres, home: Home
) -> None:
    with running(postgres, home):
        make_databases(postgres.login)
        make_databases(postgres.login)
        names = "select datname from pg_database where not datistemplate and datname <> 'postgres' order by 1"
        assert postgres.login.ask("postgres", names) == list(DATABASES)

        def shown(setting: str) -> str:
            [value] = postgres.login.ask(METASTORE, f"show {setting}")
            return value

        assert shown("wal_level") == "logical"
        assert shown("fsync") == "on"
        assert shown("max_connections") == "60"
        assert shown("unix_socket_directories") == ""
        assert shown("server_encoding") == "UTF8"


@pytest.mark.conformance
@pytest.mark.query_layer
def test_only_who_has_the_password_comes_in_and_no_other_user_of_the_machine_may_read_it(
    postgres: Postgres, home: Home, tmp_path: Path
) -> None:
    with running(postgres, home) as child:
        stranger = PostgresLogin(postgres.login.port, tmp_path / "other")
        with pytest.raises(QueryFailed, match="password authentication failed"):
            stranger.ask("postgres", "select 1")
        assert postgres.login.password not in " ".join(child.record.command)
        assert postgres.login.password not in home.log("postgres").read_text()
        assert oct(postgres.login.password_file.stat().st_mode)[-3:] == "600"


@pytest.mark.conformance
@pytest.mark.query_layer
def test_a_script_is_run_whole_or_not_at_all(postgres: Postgres, home: Home, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text("create table a (n int);\nselect broken;\n")
    with running(postgres, home):
        with pytest.raises(QueryFailed, match='column "broken" does not exist'):
            postgres.login.run_script("postgres", script)
        assert postgres.login.ask("postgres", "select count(*) from pg_tables where tablename = 'a'") == ["0"]


@pytest.mark.conformance
@pytest.mark.query_layer
def test_a_developers_own_variables_for_postgresql_change_nothing(
    postgres: Postgres, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=on")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    with running(postgres, home):
        make_databases(postgres.login)


def test_it_is_asked_to_end_by_a_fast_shutdown(home: Home) -> None:
    postgres = Postgres(home, 1)
    (home.data / "postgres").mkdir()
    (home.data / "postgres" / "PG_VERSION").touch()
    program = postgres.prepare()
    assert program.stop_signal == signal.SIGINT
    assert replace(program, command=[]).folder is None
