"""Kafka Connect's configuration; it runs in the system tests."""

from pathlib import Path

from tidelake.local.connect import Connect, ConnectInstall, ConnectSettings
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home


def settings_in(home: Home) -> dict[str, str]:
    lines = (home.conf / "connect" / "connect.properties").read_text().splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def worker(home: Home) -> Connect:
    install = ConnectInstall([Path("a.jar")], Path("/plugins"), ("-XX:AOTCache=kept",))
    return Connect(
        home, ConnectSettings("127.0.0.1:9", *free_ports(1), max_record_bytes=1000), lambda: install
    )


def test_its_offsets_have_no_gaps_and_a_large_change_is_taken_as_the_broker_takes_it(home: Home) -> None:
    worker(home).prepare()
    settings = settings_in(home)
    assert settings["exactly.once.source.support"] == "disabled"
    assert settings["producer.max.request.size"] == "66536"
    assert settings["listeners"].startswith("http://127.0.0.1:")
    assert settings["plugin.path"] == "/plugins"


def test_it_reads_passwords_from_the_folder_of_logins_and_from_nowhere_else(home: Home) -> None:
    worker(home).prepare()
    assert settings_in(home)["config.providers.file.param.allowed.paths"] == str(home.sources)
    assert home.sources.stat().st_mode & 0o777 == 0o700


def test_its_memory_is_bounded_and_the_start_up_cache_is_used(home: Home) -> None:
    command = worker(home).prepare().command
    assert {"-Xmx512m", "-XX:+UseSerialGC", "-XX:AOTCache=kept"} <= set(command)


def test_nobody_there_is_not_ready(home: Home) -> None:
    assert "/health does not answer" in (worker(home).unready() or "")
