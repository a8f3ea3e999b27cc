"""The state folder."""

import os
import stat
from pathlib import Path

import pytest
from tidelake.local.home import Home, HomeUnusable


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
    for file in (
        home.service_account,
        home.demo_key,
        home.reader_key,
        home.engineer_key,
        home.ports,
        home.lock,
    ):
        file.touch()
    home.purge()
    assert not home.root.exists()


def test_a_folder_that_can_not_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = Home(tmp_path / "file" / "home")  # not even root can make that
    with pytest.raises(HomeUnusable, match=r"can't be used \(Not a directory\).*LAKE_HOME"):
        home.make()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
def test_a_folder_of_somebody_else_is_said_in_a_sentence(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    for mode in (0o500, 0o000):
        home.root.chmod(mode)
        with pytest.raises(HomeUnusable, match="Permission denied"):
            home.make()
    with pytest.raises(HomeUnusable, match="Permission denied"):
        home.look()
    home.root.chmod(0o700)


def test_a_folder_that_is_not_there_yet_may_be_looked_at(tmp_path: Path) -> None:
    Home(tmp_path / "home").look()
