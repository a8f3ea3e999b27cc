"""What can become of a commit to one of silver's tables."""

from __future__ import annotations

from tidelake.runtime.errors import LakeError, Transient


class CommitConflict(LakeError, Transient):
    """Somebody else changed the table between reading and committing; nothing of the commit is in it."""

    def __init__(self, path: str, cause: str) -> None:
        self.path = path
        super().__init__(
            f"A commit to {path} lost against another one: {cause}. Nothing of it is in the table; the "
            "batch is decided again from what the table holds now."
        )
