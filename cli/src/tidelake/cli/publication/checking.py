"""Whether a contract may be published after what was published before."""

from collections.abc import Sequence
from dataclasses import dataclass

from tidelake.contracts.admission import compile_schema
from tidelake.contracts.compatibility import Break, lake_breaks
from tidelake.contracts.contract import Contract, Version
from tidelake.contracts.publishing import VersionTaken
from tidelake.runtime.errors import LakeError, Terminal

from .drafts import Draft
from .published import Published
from .standard import export_json_schema, lint, schema_breaks


class LintFailed(LakeError, Terminal):
    """The standard's own checker refuses the document."""

    def __init__(self, draft: Draft, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        listed = "\n".join(f"  {reason}" for reason in reasons)
        super().__init__(
            f"The contract {draft.origin} is not what its version of the Open Data Contract Standard allows. "
            f"Mend it and try again:\n{listed}"
        )


class BreakingChange(LakeError, Terminal):
    """The contract would break somebody who relies on the version before it."""

    def __init__(
        self, draft: Draft, before: Contract, breaks: Sequence[Break], readers: Sequence[str]
    ) -> None:
        self.breaks = tuple(breaks)
        version, old = draft.contract.version, before.version
        producers = sorted(before.producers)
        listed = "\n".join(f"  {explain_break(found, readers, producers)}" for found in breaks)
        super().__init__(
            f"{before.dataset} {version} would break those who rely on {old}:\n{listed}\n"
            f"Take the change back, or raise the version to {old.major + 1}.0.0: a new major version gets an "
            "address, a topic and a table of its own, and producers and readers move when they are ready."
        )


class StaleVersion(LakeError, Terminal):
    """A newer version is in force already."""

    def __init__(self, draft: Draft, newest: Version) -> None:
        self.newest = newest
        contract = draft.contract
        super().__init__(
            f"{contract.dataset} {contract.version} is older than {newest}, which is published, so it would "
            f"never come into force. Raise the version above {newest}."
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft that may be published."""

    draft: Draft
    json_schema: bytes
    before: Version | None  # what it was compared with; None: it is the first
    known: bool  # this very version is published, with the same text
    breaks: tuple[Break, ...]  # of the version before; allowed since this is a new major version
    notes: tuple[str, ...]  # what the standard's checker remarks


def check(draft: Draft, published: Published, readers: Sequence[str]) -> Checked:
    """Check a draft against itself and against what is published.

    Raises LintFailed, VersionTaken, StaleVersion, BreakingChange, UnusableSchema.
    """
    contract, text = draft.contract, draft.text.decode()
    findings = lint(text)
    if refused := [finding.what for finding in findings if not finding.passed]:
        raise LintFailed(draft, refused)
    before, breaks = _compare(draft, published, readers)
    json_schema = export_json_schema(text, contract)
    compile_schema(contract.dataset, json_schema)
    return Checked(
        draft=draft,
        json_schema=json_schema,
        before=before,
        known=contract.version in published.texts,
        breaks=tuple(breaks),
        notes=tuple(finding.what for finding in findings),
    )


def _compare(
    draft: Draft, published: Published, readers: Sequence[str]
) -> tuple[Version | None, list[Break]]:
    version = draft.contract.version
    if (known := published.texts.get(version)) is not None:
        if known != draft.text:
            raise VersionTaken(draft.contract)
        return version, []
    before = published.newest_by_major.get(version.major) or published.newest
    if before is None:
        return None, []
    if version < before.contract.version:
        raise StaleVersion(draft, before.contract.version)
    breaks = [
        *schema_breaks(before.text.decode(), before.contract, draft.text.decode(), draft.contract),
        *lake_breaks(before.contract, draft.contract),
    ]
    if breaks and before.contract.major == version.major:
        raise BreakingChange(draft, before.contract, breaks, readers)
    return before.contract.version, breaks


def explain_break(found: Break, readers: Sequence[str], producers: Sequence[str]) -> str:
    """A break in one line, with those whom it hits."""
    whom = readers if found.side == "readers" else producers
    names = f" {', '.join(whom)}" if whom else ""
    return f"{found.field} ({found.side}{names}): {found.what}"
