"""Listings: order, prefixes, delimiters, globs, pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidelake.testkit.gcs.bucket import Bucket
from tidelake.testkit.gcs.errors import Invalid
from tidelake.testkit.gcs.listing import Page, Selection, list_page
from tidelake.testkit.gcs.objects import Attributes, Digest, StoredObject

NAMES = st.text(alphabet="ab/0", min_size=1, max_size=6)


def _bucket(names: set[str] | list[str]) -> Bucket:
    bucket = Bucket("lake", 0)
    for generation, name in enumerate(names, start=1):
        bucket.set(StoredObject("lake", name, generation, 1, Digest(0, 0, b""), Attributes(), 0, 0))
    return bucket


def _names(page: Page) -> list[str]:
    return [stored.name for stored in page.objects]


def test_names_come_in_the_order_of_their_bytes() -> None:
    names = ["b", "a/1", "a-1", "a", "Z", "ä", "a1"]
    assert _names(list_page(_bucket(names), Selection())) == sorted(names, key=str.encode)


def test_a_prefix_selects_and_a_delimiter_rolls_up() -> None:
    bucket = _bucket(["t/a", "t/log/0", "t/log/1", "t/z/", "u"])
    page = list_page(bucket, Selection(prefix="t/", delimiter="/"))
    assert (_names(page), page.prefixes) == (["t/a"], ["t/log/", "t/z/"])


def test_a_folder_marker_is_listed_beside_its_prefix_when_asked_for() -> None:
    bucket = _bucket(["t/z/", "t/z/1"])
    page = list_page(bucket, Selection(prefix="t/", delimiter="/", include_trailing_delimiter=True))
    assert (_names(page), page.prefixes) == (["t/z/"], ["t/z/"])


def test_the_first_name_is_included_and_the_end_is_not() -> None:
    assert _names(list_page(_bucket(["a", "b", "c"]), Selection(first="b"))) == ["b", "c"]
    assert _names(list_page(_bucket(["a", "b", "c"]), Selection(end="c"))) == ["a", "b"]


@given(
    names=st.sets(NAMES, max_size=25),
    prefix=st.sampled_from(["", "a", "a/", "/"]),
    delimiter=st.sampled_from(["", "/"]),
    trailing=st.booleans(),
    limit=st.integers(1, 4),
)
def test_pages_joined_are_the_whole_listing(
    names: set[str], prefix: str, delimiter: str, trailing: bool, limit: int
) -> None:
    bucket = _bucket(names)
    selection = Selection(prefix=prefix, delimiter=delimiter, include_trailing_delimiter=trailing)
    whole = list_page(bucket, selection)
    objects: list[str] = []
    prefixes: list[str] = []
    first: str | None = ""
    while first is not None:
        page = list_page(
            bucket,
            Selection(
                prefix=prefix,
                delimiter=delimiter,
                first=first,
                include_trailing_delimiter=trailing,
                limit=limit,
            ),
        )
        objects += _names(page)
        prefixes += page.prefixes
        first = page.next_name
    assert (objects, prefixes) == (_names(whole), whole.prefixes)


@given(names=st.sets(NAMES, max_size=25), prefix=st.sampled_from(["", "a", "a/"]))
def test_a_listing_is_what_its_definition_says(names: set[str], prefix: str) -> None:
    page = list_page(_bucket(names), Selection(prefix=prefix, delimiter="/"))
    below = [name for name in names if name.startswith(prefix)]
    assert _names(page) == sorted(name for name in below if "/" not in name[len(prefix) :])
    rolled = {name[: name.index("/", len(prefix)) + 1] for name in below if "/" in name[len(prefix) :]}
    assert page.prefixes == sorted(rolled)


@pytest.mark.parametrize(
    ("glob", "selected"),
    [
        ("*.json", ["0.json"]),
        ("**.json", ["0.json", "a/1.json", "a/b/2.json"]),
        ("**/*.json", ["0.json", "a/1.json", "a/b/2.json"]),
        ("a/*", ["a/1.json", "a/x"]),
        ("a/?", ["a/x"]),
        ("a/[w-y]", ["a/x"]),
        ("a/[!x].json", ["a/1.json"]),
        ("{0,a/1}.json", ["0.json", "a/1.json"]),
    ],
)
def test_a_glob_selects(glob: str, selected: list[str]) -> None:
    bucket = _bucket(["0.json", "a/1.json", "a/b/2.json", "a/x", "c"])
    assert _names(list_page(bucket, Selection(glob=glob))) == selected


def test_a_broken_glob_is_refused() -> None:
    with pytest.raises(Invalid):
        list_page(_bucket(["a"]), Selection(glob="[a"))
