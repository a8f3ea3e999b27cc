"""The examples of the contract are what this writer writes and reads."""

from pathlib import Path

import yaml
from tidelake.contracts.given_up import decode_given_up
from tidelake.tables.announcement import (
    CommitAnnounced,
    decode_announcement,
    decode_commit_announced,
    encode,
)
from tidelake.tables.positions import OffsetRange

CONTRACT = Path(__file__).parents[1] / "contract"
EXAMPLES = CONTRACT / "examples"


def test_announcements_are_written_as_in_the_examples() -> None:
    in_commit = (EXAMPLES / "announcement.json").read_bytes().strip()
    on_topic = (EXAMPLES / "commit-announced.json").read_bytes().strip()
    announcement = decode_announcement(in_commit)
    assert encode(announcement) == in_commit
    assert encode(CommitAnnounced.at(42, announcement)) == on_topic
    assert decode_commit_announced(on_topic).rows == sum(each.rows for each in announcement.ranges)


def test_given_up_offsets_are_read_as_in_the_example() -> None:
    assert decode_given_up((EXAMPLES / "given-up.json").read_bytes()) == OffsetRange(3, 6)


def test_every_example_is_named_in_the_contract() -> None:
    text = (CONTRACT / "contract.yaml").read_text()
    assert yaml.safe_load(text)["service"] == "bronze-writer"
    for example in EXAMPLES.iterdir():
        assert f"examples/{example.name}" in text
