"""Listings: objects by prefix, in name order, in pages, with names rolled up at a delimiter."""

import re
from dataclasses import dataclass

from tidelake.testkit.gcs.bucket import Bucket
from tidelake.testkit.gcs.errors import Invalid
from tidelake.testkit.gcs.objects import StoredObject

MAX_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Selection:
    """What a listing asks for."""

    prefix: str = ""
    delimiter: str = ""
    first: str = ""  # names from this one, included
    end: str | None = None  # up to this one, not included
    include_trailing_delimiter: bool = False  # an object that is itself a rolled-up name is listed too
    glob: str | None = None
    limit: int = MAX_PAGE


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a listing. Pages joined, each starting at `next_name`, are the whole listing."""

    objects: list[StoredObject]
    prefixes: list[str]
    next_name: str | None  # where the next page starts; None at the end


def list_page(bucket: Bucket, selection: Selection) -> Page:
    """The first page of the selection."""
    matches = None if selection.glob is None else _glob_pattern(selection.glob).fullmatch
    objects: list[StoredObject] = []
    prefixes: list[str] = []
    limit = min(selection.limit, MAX_PAGE)
    rank = bucket.first_from(max(selection.first, selection.prefix))
    while (name := bucket.name_at(rank)) is not None and name.startswith(selection.prefix):
        if selection.end is not None and name >= selection.end:
            break
        if matches is not None and not matches(name):
            rank += 1
            continue
        if len(objects) + len(prefixes) >= limit:
            return Page(objects, prefixes, name)
        stored = bucket.get(name)
        rolled = _rolled_up(name, selection)
        if rolled is None:
            if stored is not None:
                objects.append(stored)
            rank += 1
            continue
        prefixes.append(rolled)
        if selection.include_trailing_delimiter and name == rolled and stored is not None:
            objects.append(stored)
        rank = bucket.first_from(_behind(rolled))
    return Page(objects, prefixes, None)


def _rolled_up(name: str, selection: Selection) -> str | None:
    """The part of the name up to the first delimiter behind the prefix, if it has one."""
    if not selection.delimiter:
        return None
    at = name.find(selection.delimiter, len(selection.prefix))
    return None if at < 0 else name[: at + len(selection.delimiter)]


def _behind(prefix: str) -> str:
    """The least name that does not start with the prefix and stands behind all that do."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _glob_pattern(glob: str) -> re.Pattern[str]:
    """Google's globs: * within a folder, ** across, ?, [abc], [!abc], {this,that}."""
    pattern: list[str] = []
    depth = 0
    at = 0
    while at < len(glob):
        char = glob[at]
        if glob.startswith("**", at):
            # `**/` also stands for no folder at all.
            behind = glob.startswith("/", at + 2)
            pattern.append("(?:.*/)?" if behind else ".*")
            at += 3 if behind else 2
            continue
        if char == "*":
            pattern.append("[^/]*")
        elif char == "?":
            pattern.append("[^/]")
        elif char == "[":
            close = glob.find("]", at + 2)
            if close < 0:
                raise Invalid(f"The glob {glob!r} has a [ without a ].")
            inside = glob[at + 1 : close].replace("\\", "\\\\")
            pattern.append(f"[{'^' + inside[1:] if inside[0] in '!^' else inside}]")
            at = close
        elif char == "{":
            depth += 1
            pattern.append("(?:")
        elif char == "}" and depth:
            depth -= 1
            pattern.append(")")
        elif char == "," and depth:
            pattern.append("|")
        else:
            pattern.append(re.escape(char))
        at += 1
    try:
        return re.compile("".join(pattern), re.DOTALL)
    except re.error as problem:
        raise Invalid(f"The glob {glob!r} can not be understood: {problem}.") from None
