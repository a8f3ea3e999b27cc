"""Settings that can't work together are refused at the start."""

import pytest
from bronze_writer.settings import BronzeWriterSettings
from tidelake.runtime.settings import InvalidSettings, load_settings

NEEDED = {
    "BRONZE_WRITER_LAKE_ROOT": "gs://lake",
    "BRONZE_WRITER_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:19092",
}


def test_two_are_needed() -> None:
    settings = load_settings(BronzeWriterSettings, NEEDED)
    assert (settings.group, settings.http_port) == ("bronze-writer", 18111)
    with pytest.raises(InvalidSettings) as missing:
        load_settings(BronzeWriterSettings, {})
    assert "BRONZE_WRITER_LAKE_ROOT" in str(missing.value)
    assert "BRONZE_WRITER_KAFKA_BOOTSTRAP_SERVERS" in str(missing.value)


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"COMMIT_DEADLINE": "300"}, "commit_deadline must be shorter than max_poll_interval"),
        ({"MAX_COMMIT_BYTES": "536870912"}, "max_commit_bytes is larger than max_buffered_bytes"),
        ({"SESSION_TIMEOUT": "1"}, "SESSION_TIMEOUT"),
        ({"POLL_TIMEOUT": "0"}, "POLL_TIMEOUT"),
    ],
)
def test_what_cannot_work_is_refused(variables: dict[str, str], reason: str) -> None:
    given = {f"BRONZE_WRITER_{name}": value for name, value in variables.items()}
    with pytest.raises(InvalidSettings, match=reason):
        load_settings(BronzeWriterSettings, {**NEEDED, **given})
