"""The emulator as a process."""

import httpx
import pytest
from tidelake.local.freeports import free_ports
from tidelake.local.gcs import Gcs
from tidelake.local.home import Home
from tidelake.local.running import running
from tidelake.tables.storage import LakeStorage


def test_nobody_there_is_not_ready(home: Home) -> None:
    assert "does not answer" in (Gcs(home, free_ports(1)[0]).unready() or "")


@pytest.mark.conformance
def test_the_lakes_own_clients_find_the_bucket_by_the_key_file_and_it_lasts(home: Home) -> None:
    gcs = Gcs(home, free_ports(1)[0])
    with running(gcs, home):
        assert gcs.unready() is None
        objects = LakeStorage(gcs.lake_root, home.service_account).objects()
        assert objects.create("a/b", b"kept")
        assert not objects.create("a/b", b"other")
    with running(gcs, home):
        stored = LakeStorage(gcs.lake_root, home.service_account).objects().read("a/b")
        assert stored
        assert stored.content == b"kept"
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{gcs.ports[0].number}/healthz", trust_env=False)
