"""The lake's errors, and the four markers that decide what a loop does with one.

A marker is mixed in: `class QueueFull(LakeError, Transient)`. Code that handles errors catches the marker,
code that knows the case catches the class.
"""


class LakeError(Exception):
    """Says what happened, what it means and what to do next. Subclasses carry fields, not only text."""


class Transient(Exception):
    """May succeed if it is tried again later without any change."""


class Blocked(Exception):
    """Succeeds only once somebody has changed something elsewhere: rights, a bucket, a table. It is looked at
    again every few seconds, and whatever does not need it goes on."""


class Poison(Exception):
    """This record can never succeed; its neighbours can. It goes, explained, to where such records go."""


class Terminal(Exception):
    """Nothing that this process can do will help: it must stop and say why."""
