"""The metastore as a process, in earnest, beside PostgreSQL and the emulator."""

import xml.etree.ElementTree as ET
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tidelake.local.cache import cache_folder
from tidelake.local.fetching import ArtifactCache
from tidelake.local.freeports import free_ports
from tidelake.local.gcs import Gcs
from tidelake.local.home import Home
from tidelake.local.maven import MavenRepository
from tidelake.local.metastore import Metastore, OtherSchema, make_tables
from tidelake.local.metastore_conf import LakeStore, metastore_site
from tidelake.local.metastore_install import MetastoreInstall, install_metastore
from tidelake.local.postgres import Postgres, make_databases
from tidelake.local.process import Child, kill
from tidelake.local.psql import PostgresLogin, QueryFailed
from tidelake.local.running import running
from tidelake.local.thrift_ping import databases


def nothing_installed() -> MetastoreInstall:
    return MetastoreInstall([], Path("/absent"))


def test_its_configuration_holds_what_is_told_whatever_signs_are_in_it(tmp_path: Path) -> None:
    login = PostgresLogin(1, tmp_path)
    store = LakeStore("gs://lake", "http://127.0.0.1:2", Path("/a<b>&c/sa.json"))
    site = ET.fromstring(metastore_site(3, login, "metastore", store))
    told = {one.findtext("name"): one.findtext("value") for one in site}
    assert told["metastore.thrift.uris"] == "thrift://127.0.0.1:3"
    assert told["javax.jdo.option.ConnectionURL"] == "jdbc:postgresql://127.0.0.1:1/metastore"
    assert told["javax.jdo.option.ConnectionPassword"] == login.password
    assert told["fs.gs.auth.service.account.json.keyfile"] == "/a<b>&c/sa.json"
    assert told["fs.gs.storage.root.url"] == "http://127.0.0.1:2/"


def test_nobody_there_is_not_ready_and_without_postgresql_it_is_not_started(home: Home) -> None:
    port, postgres = free_ports(2)
    login = PostgresLogin(postgres, home.secrets)
    store = LakeStore("gs://lake", "http://127.0.0.1:2", home.service_account)
    metastore = Metastore(home, port, login, store, nothing_installed)
    assert "nothing answers" in (metastore.unready() or "")
    with pytest.raises(QueryFailed, match=r"its database metastore.*Connection refused"):
        metastore.prepare()


@dataclass
class Running:
    home: Home
    login: PostgresLogin
    postgres: Child
    metastore: Metastore
    install: MetastoreInstall


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    """What a metastore needs, and one that does not run yet."""
    home = Home(tmp_path_factory.mktemp("stack") / "my home; $HOME: 1")
    gcs_port, postgres_port, port = free_ports(3)
    postgres = Postgres(home, postgres_port)
    cache = cache_folder()
    install = install_metastore(cache, ArtifactCache(cache, MavenRepository.from_environ()))
    store = LakeStore("gs://lake", f"http://127.0.0.1:{gcs_port}", home.service_account)
    with ExitStack() as opened:
        opened.enter_context(running(Gcs(home, gcs_port), home))
        child = opened.enter_context(running(postgres, home))
        make_databases(postgres.login)
        metastore = Metastore(home, port, postgres.login, store, lambda: install)
        yield Running(home, postgres.login, child, metastore, install)


@pytest.mark.conformance
@pytest.mark.query_layer
def test_it_is_installed_without_its_archive_and_a_second_installation_finds_all(beside: Running) -> None:
    assert (
        install_metastore(cache_folder(), ArtifactCache(cache_folder(), MavenRepository())) == beside.install
    )
    assert len(beside.install.jars) == 112 + 9
    assert beside.install.schema.exists()
    assert not list((cache_folder() / "artifacts").rglob("hive-standalone-metastore-server-*.tar.gz"))


@pytest.mark.conformance
@pytest.mark.query_layer
def test_its_tables_are_made_once_and_those_of_another_version_are_left_alone(beside: Running) -> None:
    make_tables(beside.login, beside.install.schema)
    rows = 'select count(*) from "VERSION"'
    make_tables(beside.login, Path("/absent"))
    assert beside.login.ask("metastore", rows) == ["1"]
    beside.login.ask("metastore", """update "VERSION" set "SCHEMA_VERSION" = '3.1.0'""")
    try:
        with pytest.raises(OtherSchema, match=r"are of version 3\.1\.0, and 4\.0\.0 is needed"):
            make_tables(beside.login, beside.install.schema)
    finally:
        beside.login.ask("metastore", """update "VERSION" set "SCHEMA_VERSION" = '4.0.0'""")


@pytest.mark.conformance
@pytest.mark.query_layer
def test_it_names_its_databases_also_after_sigkill_and_tells_no_password(beside: Running) -> None:
    metastore, port = beside.metastore, beside.metastore.ports[0].number
    with running(metastore, beside.home) as child:
        assert databases(port, timedelta(seconds=5)) == ["default"]
        kill(child.record)
        assert "nothing answers" in (metastore.unready() or "")
    with running(metastore, beside.home) as child:
        assert databases(port, timedelta(seconds=5)) == ["default"]
        told = " ".join(child.record.command) + beside.home.log("metastore").read_text()
        assert beside.login.password not in told
    site = beside.home.conf / "metastore" / "metastore-site.xml"
    assert oct(site.stat().st_mode)[-3:] == "600"


@pytest.mark.conformance
@pytest.mark.query_layer
def test_without_postgresql_it_is_not_ready_and_says_why_and_comes_back_by_itself(beside: Running) -> None:
    with running(beside.metastore, beside.home):
        kill(beside.postgres.record)
        beside.postgres.handle.wait()
        assert "Connection refused" in (beside.metastore.unready() or "")
        postgres = Postgres(beside.home, beside.login.port)
        with running(postgres, beside.home):
            while beside.metastore.unready() is not None:
                pass
            assert databases(beside.metastore.ports[0].number, timedelta(seconds=5)) == ["default"]
