"""A fault as a test asks for it: what shall happen, to which calls, how often."""

from typing import Literal

import msgspec

Effect = Literal["status", "latency", "late_answer", "cut_before", "cut_after", "ignore_preconditions"]


class FaultRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which calls go wrong, and how. All conditions that are given must hold; the first `skip` matches pass.

    Effects: `status` answers with that status and does nothing; `latency` waits before the work,
    `late_answer` after it; `cut_before` and `cut_after` close the connection before or after the work
    (after it, the work is done and its answer lost); `ignore_preconditions` takes every condition as met.
    Within a batch request `status` and `ignore_preconditions` apply to each part; the others do not.
    """

    effect: Effect
    method: str | None = None
    call: str | None = None  # shell pattern on the call's name, as in GET /_requests
    path: str | None = None  # regular expression searched in the decoded path
    object_prefix: str | None = None  # of any object that the call names, or of what a listing asks for
    status: int = 503
    seconds: float = 0.0  # how long latency and late_answer wait
    count: int | None = None  # how often it happens; None for always
    skip: int = 0  # so many matching calls go well first
    probability: float = 1.0
    seed: int = 0  # makes the chance repeatable
