"""One root and one key, told to each client in its own words."""

from pathlib import Path

import pytest
from tidelake.tables.errors import InvalidLakeRoot, InvalidServiceAccount
from tidelake.tables.storage import LakeStorage, StorageSettings


def key(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "key.json"
    path.write_text(content)
    return path


@pytest.mark.parametrize("root", ["gs://lake", "gs://lake/", "gs://lake//"])
def test_paths_lie_below_the_bucket(root: str) -> None:
    assert LakeStorage(root).uri("bronze/flights") == "gs://lake/bronze/flights"


@pytest.mark.parametrize("root", ["gs://lake/dev/me", "gs://lake/dev/me/"])
def test_paths_lie_below_the_prefix(root: str) -> None:
    storage = LakeStorage(root)
    assert (storage.bucket, storage.prefix) == ("lake", "dev/me")
    assert storage.uri("/bronze/flights") == "gs://lake/dev/me/bronze/flights"


@pytest.mark.parametrize("root", ["", "lake", "s3://lake", "gs://", "gs:///x", "gs://lake?x=1", "/data"])
def test_a_root_that_is_no_bucket_is_refused_with_what_to_set(root: str) -> None:
    with pytest.raises(InvalidLakeRoot, match="Set it to gs://BUCKET"):
        LakeStorage(root)


def test_google_itself_is_spoken_to_over_https_only(tmp_path: Path) -> None:
    options = LakeStorage("gs://lake", key(tmp_path, "{}")).delta_options()
    assert options["google_service_account"] == str(tmp_path / "key.json")
    assert "allow_http" not in options
    assert "google_service_account" not in LakeStorage("gs://lake").delta_options()


def test_a_key_that_names_a_plain_http_store_allows_it(tmp_path: Path) -> None:
    path = key(tmp_path, '{"gcs_base_url": "http://127.0.0.1:18080"}')
    assert LakeStorage("gs://lake", path).delta_options()["allow_http"] == "true"


def test_every_wait_is_bounded() -> None:
    options = LakeStorage("gs://lake").delta_options()
    assert {"timeout", "connect_timeout", "retry_timeout", "max_retries"} <= options.keys()


def test_options_are_the_callers_own() -> None:
    storage = LakeStorage("gs://lake")
    storage.delta_options()["timeout"] = "0ms"
    assert storage.delta_options()["timeout"] == "10000ms"


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidServiceAccount, match="No such file"):
        LakeStorage("gs://lake", tmp_path / "gone.json").delta_options()
    with pytest.raises(InvalidServiceAccount, match="no JSON key"):
        LakeStorage("gs://lake", key(tmp_path, "-----BEGIN")).delta_options()


def test_settings_name_the_store(tmp_path: Path) -> None:
    settings = StorageSettings(lake_root="gs://lake/dev", gcs_service_account=tmp_path / "key.json")
    assert settings.storage() == LakeStorage("gs://lake/dev", tmp_path / "key.json")
