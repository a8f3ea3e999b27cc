"""What can go wrong with the store, in the words of somebody who has to mend it."""

from __future__ import annotations

from tidelake.runtime.errors import Blocked, LakeError, Terminal, Transient

MEND_RIGHTS = (
    "Check that the bucket of lake_root exists and that the service account may list, read, write and "
    "delete in it. A service goes on by itself once that is so."
)


_ORIGIN = {
    "bronze": "Kafka has what was in them for as long as the topic keeps it, and silver what was made of it: "
    "remove neither. ",
    "silver": "Silver can be made anew from bronze. ",
}


class StoreUnavailable(LakeError, Transient):
    """The store did not answer, or asked to come back later. The same call may succeed in a moment."""

    def __init__(self, action: str, path: str, cause: str) -> None:
        self.action = action
        self.path = path
        super().__init__(
            f"The object store could not {action} {path}: {cause}. Nothing is known to be changed. "
            "It can be tried again; if this goes on, look at the store and the network to it."
        )


class StoreRefused(LakeError, Blocked):
    """The store answered and said no: credentials, permissions or a bucket that is not there."""

    def __init__(self, action: str, path: str, cause: str) -> None:
        self.action = action
        self.path = path
        super().__init__(
            f"The object store refused to {action} {path}: {cause}. It is there, and says no to this "
            f"process; nothing was changed. {MEND_RIGHTS}"
        )


class FilesMissing(LakeError, Blocked):
    """A table's log names data files that are not in the store, or not whole."""

    def __init__(self, path: str, example: str, count: int | None = None) -> None:
        """`example`: one of them, below `path`. `count`: how many there are, if all were looked for."""
        self.path = path
        self.example = example
        self.count = count
        how_many = "Data files" if count is None else f"{count:,} data file{'s' if count > 1 else ''}"
        kind, _, _ = path.partition("/")
        super().__init__(
            f"{how_many} of {path} that its log names are not in the store, or not whole, such as {example}. "
            "No service of the lake removes one: it was done behind their back, and trying again brings none "
            f"back. {_ORIGIN.get(kind, '')}Next: docs/runbooks/ledger-gap.md says what to do, under "
            "missing-files."
        )


class InvalidLakeRoot(LakeError, Terminal):
    """The root of the lake is no address that the lake can use."""

    def __init__(self, root: str, problem: str) -> None:
        self.root = root
        super().__init__(f"lake_root is {root!r}: {problem}. Set it to gs://BUCKET or gs://BUCKET/PREFIX.")


class InvalidServiceAccount(LakeError, Terminal):
    """The service account's key file can't be used."""

    def __init__(self, path: str, problem: str) -> None:
        self.path = path
        super().__init__(
            f"The service account key {path} can't be used: {problem}. Set gcs_service_account to a JSON key "
            "file that this process may read, or leave it out to use the machine's own credentials."
        )
