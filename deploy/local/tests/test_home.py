"""The state folder."""

import stat
from pathlib import Path

from tidelake.local.home import Home


def test_the_folder_lies_in_the_checkout_unless_another_is_named(tmp_path: Path) -> None:
    assert Home.from_environ({}, tmp_path).root == tmp_path / ".lake"
    assert Home.from_environ({"LAKE_HOME": "/elsewhere"}, tmp_path).root == Path("/elsewhere")


def test_only_its_owner_may_look_into_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700


def test_purging_removes_the_stacks_files_and_nothing_else(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    (home.data / "x").write_bytes(b"123")
    home.service_account.write_text("{}")
    mine = home.root / "my-notes.txt"
    mine.write_text("keep")
    assert home.purge() == 3
    assert list(home.root.iterdir()) == [mine]


def test_purging_removes_the_folder_itself_when_all_in_it_was_the_stacks(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    home.purge()
    assert not home.root.exists()
