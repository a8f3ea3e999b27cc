"""google-cloud-storage on the emulator, unchanged."""

# The package has no types of its own.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportArgumentType=false

from uuid import uuid4

import pytest
from google.api_core.exceptions import NotFound, PreconditionFailed
from google.cloud import storage
from tidelake.testkit.gcs.faults_client import FaultRule
from tidelake.testkit.gcs_fixture import Emulator

pytestmark = pytest.mark.conformance


@pytest.fixture
def bucket(emulator: Emulator) -> storage.Bucket:
    client = storage.Client.from_service_account_json(
        str(emulator.service_account_path), client_options={"api_endpoint": emulator.url}
    )
    return client.bucket(emulator.bucket)


def _only_calls_that_are_built(emulator: Emulator) -> bool:
    return "not_built" not in emulator.faults.requests()


def test_objects_are_written_read_listed_and_deleted(emulator: Emulator, bucket: storage.Bucket) -> None:
    name = f"{uuid4().hex}/with space & umlaut ä.json"
    blob = bucket.blob(name)
    blob.upload_from_string(b"first", if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        bucket.blob(name).upload_from_string(b"second", if_generation_match=0)
    blob.upload_from_string(b"second", if_generation_match=blob.generation)
    assert bucket.blob(name).download_as_bytes() == b"second"
    assert bucket.blob(name).download_as_bytes(start=1, end=3) == b"eco"
    folder = name.partition("/")[0]
    assert [listed.name for listed in bucket.client.list_blobs(bucket, prefix=f"{folder}/")] == [name]
    rolled = bucket.client.list_blobs(bucket, prefix=folder, delimiter="/")
    assert (list(rolled), rolled.prefixes) == ([], {f"{folder}/"})
    blob.delete(if_generation_match=blob.generation)
    assert bucket.get_blob(name) is None
    with pytest.raises(NotFound):
        blob.delete()
    assert _only_calls_that_are_built(emulator)


def test_a_large_object_goes_up_in_pieces(emulator: Emulator, bucket: storage.Bucket) -> None:
    content = bytes(range(256)) * 4096  # 1 MiB
    name = uuid4().hex
    with bucket.blob(name, chunk_size=262_144).open("wb", if_generation_match=0) as file:
        file.write(content)
    assert bucket.blob(name).download_as_bytes(checksum="crc32c") == content
    assert emulator.faults.requests()["json.uploads.continue"]["308"] >= 3
    assert _only_calls_that_are_built(emulator)


def test_objects_are_copied_composed_moved_patched_and_deleted_together(
    emulator: Emulator, bucket: storage.Bucket
) -> None:
    folder = uuid4().hex
    source = bucket.blob(f"{folder}/a")
    source.upload_from_string(b"content", content_type="text/csv")
    source.metadata = {"k": "v"}
    source.patch()
    copied = bucket.copy_blob(source, bucket, f"{folder}/b", if_generation_match=0)
    assert (copied.content_type, copied.metadata) == ("text/csv", {"k": "v"})
    rewritten = bucket.blob(f"{folder}/c")
    assert rewritten.rewrite(source) == (None, 7, 7)
    joined = bucket.blob(f"{folder}/d")
    joined.compose([source, copied], if_generation_match=0)
    assert joined.download_as_bytes() == b"contentcontent"
    moved = bucket.move_blob(source, f"{folder}/e", if_generation_match=0)
    assert (moved.name, source.exists()) == (f"{folder}/e", False)
    with bucket.client.batch():
        for name in "bcde":
            bucket.blob(f"{folder}/{name}").delete()
    assert list(bucket.client.list_blobs(bucket, prefix=folder)) == []
    assert _only_calls_that_are_built(emulator)


def test_a_lost_answer_to_an_upload_is_made_good_by_its_condition(
    emulator: Emulator, bucket: storage.Bucket
) -> None:
    name = uuid4().hex
    emulator.faults.add(FaultRule("cut_after", call="json.objects.insert_*", object_prefix=name, count=1))
    # The client repeats a conditional upload by itself, and finds what it had written.
    with pytest.raises(PreconditionFailed):
        bucket.blob(name).upload_from_string(b"content", if_generation_match=0)
    assert bucket.blob(name).download_as_bytes() == b"content"
