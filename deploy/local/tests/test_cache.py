"""Where downloads are kept."""

from pathlib import Path

from tidelake.local.cache import cache_folder


def test_the_users_choice_wins_over_the_usual_folder() -> None:
    assert cache_folder({"TIDELAKE_CACHE": "/somewhere"}) == Path("/somewhere")
    assert cache_folder({}) == Path.home() / ".cache" / "tidelake"
    assert cache_folder({"TIDELAKE_CACHE": ""}) == Path.home() / ".cache" / "tidelake"
