"""Files that their owner alone can read."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tidelake.local.private_files import kept_file, new_password, write_private


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "one"
    first = kept_file(path, new_password)
    assert len(first) >= 43
    assert kept_file(path, new_password) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_many_who_ask_at_once_get_the_same_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(max_workers=8) as pool:
        asked = [pool.submit(kept_file, tmp_path / "one", new_password) for _ in range(64)]
        given = {one.result() for one in asked}
    assert len(given) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
