"""The comparison that keeps rows from being doubled or lost, before a commit and after a failed one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tidelake.tables.positions import Source

from bronze_writer.core.pending import Claim

Tokens = Mapping[Source, int | None]
"""Next offset of each source as one handle shows it; None: the table has nothing of it."""


@dataclass(frozen=True, slots=True)
class CommitPlan:
    """What may be committed on a handle, and whose table has moved without this writer."""

    commit: tuple[Claim, ...]
    resync: tuple[Source, ...]  # drop what is pending, read the token anew, go on from there


def plan_commit(tokens: Tokens, claims: Iterable[Claim]) -> CommitPlan:
    """Only a claim that goes on exactly where the table stands may be committed.

    `tokens` must have been read from the very handle that the commit is then made on.
    """
    commit: list[Claim] = []
    resync: list[Source] = []
    for claim in claims:
        if claim.starts_at(tokens[claim.source]):
            commit.append(claim)
        else:
            resync.append(claim.source)
    return CommitPlan(tuple(commit), tuple(resync))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a commit that did not return in order, partition by partition."""

    done: tuple[Claim, ...]  # the table stands at the claim's end
    moved: tuple[Claim, ...]  # the table stands elsewhere: somebody else owns the partition
    unmoved: tuple[Claim, ...]  # nothing of it is in the table: it is planned again


def judge_failed_commit(tokens_after: Tokens, claims: Iterable[Claim]) -> Judgement:
    """`tokens_after` must come from a handle opened after the commit's call had returned."""
    done: list[Claim] = []
    moved: list[Claim] = []
    unmoved: list[Claim] = []
    for claim in claims:
        token = tokens_after[claim.source]
        if token == claim.offsets.end:
            done.append(claim)
        elif claim.starts_at(token):
            unmoved.append(claim)
        else:
            moved.append(claim)
    return Judgement(tuple(done), tuple(moved), tuple(unmoved))
