import pytest
from ingest_router.settings import IngestRouterSettings
from tidelake.runtime.settings import InvalidSettings, load_settings

NEEDED = {"INGEST_ROUTER_LAKE_ROOT": "gs://lake", "INGEST_ROUTER_KAFKA_BOOTSTRAP_SERVERS": "k:9092"}


def test_root_and_brokers_are_all_that_must_be_told() -> None:
    assert load_settings(IngestRouterSettings, NEEDED).limits.max_record_bytes == 1024 * 1024


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"INGEST_ROUTER_HTTP_PROT": "1"}, "Did you mean INGEST_ROUTER_HTTP_PORT?"),
        ({"INGEST_ROUTER_MAX_RECORD_BYTES": "9000000"}, "max_record_bytes is larger than max_body_bytes"),
        ({"INGEST_ROUTER_MAX_IN_FLIGHT_BYTES": "9000000"}, "at least four times max_body_bytes"),
        ({"INGEST_ROUTER_DRAIN_DELAY": "30"}, "drain_delay must be shorter than stop_timeout"),
        ({"INGEST_ROUTER_REFRESH_INTERVAL": "60"}, "INGEST_ROUTER_REFRESH_INTERVAL"),
        ({"INGEST_ROUTER_KEYS_VALID_FOR": "1"}, "INGEST_ROUTER_KEYS_VALID_FOR"),
        ({"INGEST_ROUTER_ACK_TIMEOUT": "soon"}, "is not a span"),
    ],
)
def test_a_setting_that_cannot_work_is_named(told: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidSettings, match=said.replace("?", r"\?")):
        load_settings(IngestRouterSettings, NEEDED | told)
