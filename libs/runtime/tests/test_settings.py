from datetime import timedelta

import pytest
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict
from tidelake.runtime.settings import InvalidSettings, ServiceSettings, load_settings, service_name


class DoorSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="DOOR_")

    http_port: int = 18100
    lake_root: str
    datasets: frozenset[str] = frozenset()
    labels: dict[str, str] = {}  # noqa: RUF012
    linger: timedelta | None = None
    password: SecretStr | None = None


def _load(**variables: str) -> DoorSettings:
    return load_settings(DoorSettings, {"DOOR_LAKE_ROOT": "gs://lake", **variables})


def _problems(**variables: str) -> tuple[str, ...]:
    with pytest.raises(InvalidSettings) as refused:
        _load(**variables)
    return refused.value.problems


def test_what_is_not_set_has_its_default():
    settings = _load()
    assert (settings.http_host, settings.http_port, settings.log_level) == ("127.0.0.1", 18100, "INFO")
    assert settings.stop_timeout == timedelta(seconds=30)
    assert settings.otlp_endpoint is None
    assert settings.instance


@pytest.mark.parametrize(
    ("text", "span"),
    [("0.5", timedelta(milliseconds=500)), ("90", timedelta(seconds=90)), ("PT0.5S", timedelta(seconds=0.5))],
)
def test_a_span_is_seconds_or_iso_8601(text: str, span: timedelta):
    settings = _load(DOOR_STOP_TIMEOUT=text, DOOR_LINGER=text)
    assert (settings.stop_timeout, settings.linger) == (span, span)


@pytest.mark.parametrize("text", ["1s", "", "0", "-1", "1e99", "nan", "PX"])
def test_what_is_no_span_or_none_that_can_be_waited_is_refused(text: str):
    (problem,) = _problems(DOOR_STOP_TIMEOUT=text)
    assert problem.startswith(f"DOOR_STOP_TIMEOUT={text!r}: ")


@pytest.mark.parametrize("text", ["flights, weather", '["flights", "weather"]'])
def test_a_set_is_names_with_commas_or_json(text: str):
    assert _load(DOOR_DATASETS=text).datasets == {"flights", "weather"}


def test_a_mapping_is_json():
    assert _load(DOOR_LABELS='{"a": "b"}').labels == {"a": "b"}
    assert len(_problems(DOOR_LABELS="a=b")) == 1


def test_all_problems_are_told_at_once():
    with pytest.raises(InvalidSettings) as refused:
        load_settings(DoorSettings, {"DOOR_HTTP_PORT": "x", "DOOR_HTTP_PRT": "1", "DOOR_LOG_LEVEL": "loud"})
    text = str(refused.value)
    assert len(refused.value.problems) == 4
    assert "door did not start, because 4 settings are wrong" in text
    assert "DOOR_LAKE_ROOT: is required and not set." in text
    assert "DOOR_HTTP_PORT='x': " in text
    assert "DOOR_HTTP_PRT: no such setting. Did you mean DOOR_HTTP_PORT?" in text


def test_a_mistyped_variable_is_a_problem_and_a_strangers_is_none():
    assert _load(DOORS_HTTP_PORT="1", PATH="/bin").http_port == 18100
    (problem,) = _problems(DOOR_QQQ="1")
    assert problem.startswith("DOOR_QQQ: no such setting. There are DOOR_DATASETS, DOOR_HTTP_HOST")


def test_a_secret_is_not_shown():
    class Locked(DoorSettings):
        password: SecretStr | None = SecretStr("x")
        pin: SecretStr

        model_config = SettingsConfigDict(env_prefix="DOOR_", hide_input_in_errors=False)

    settings = load_settings(Locked, {"DOOR_LAKE_ROOT": "gs://lake", "DOOR_PIN": "hunter2"})
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings.model_dump(mode="json"))


def test_nothing_can_be_changed_afterwards():
    with pytest.raises(ValidationError, match="frozen"):
        _load().http_port = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_making_it_by_hand_reads_no_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DOOR_HTTP_PORT", "1")
    assert DoorSettings(lake_root="gs://lake").http_port == 18100


def test_the_services_name_is_its_prefix():
    assert service_name(DoorSettings) == "door"

    class BronzeWriterSettings(DoorSettings):
        model_config = SettingsConfigDict(env_prefix="BRONZE_WRITER_")

    assert service_name(BronzeWriterSettings) == "bronze-writer"
