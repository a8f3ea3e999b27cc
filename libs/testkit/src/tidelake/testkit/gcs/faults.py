"""Faults on demand: which of the rules that are in force strike the call at hand."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from urllib.parse import unquote

import msgspec
from tidelake.testkit.gcs.errors import Invalid
from tidelake.testkit.gcs.exchange import Request
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.gcs.routes import Call


@dataclass(frozen=True, slots=True)
class Verdict:
    """What goes wrong with one call."""

    status: int | None = None
    wait_before: float = 0.0  # seconds
    wait_after: float = 0.0  # seconds
    cut_before: bool = False
    cut_after: bool = False
    ignore_preconditions: bool = False


ALL_WELL = Verdict()


class _Standing:
    """A rule in force, with what it has seen so far."""

    def __init__(self, rule: FaultRule) -> None:
        self.rule = rule
        self.matched = 0
        self.struck = 0
        self._chance = Random(rule.seed)
        self._path = None if rule.path is None else _compiled(rule.path)

    def strikes(self, request: Request, call: Call) -> bool:
        rule = self.rule
        if rule.count is not None and self.struck >= rule.count:
            return False
        if not self._matches(request, call):
            return False
        self.matched += 1
        if self.matched <= rule.skip:
            return False
        if rule.probability < 1.0 and self._chance.random() >= rule.probability:
            return False
        self.struck += 1
        return True

    def _matches(self, request: Request, call: Call) -> bool:
        rule = self.rule
        if rule.method is not None and rule.method != request.method:
            return False
        if rule.call is not None and not fnmatchcase(call.name, rule.call):
            return False
        if self._path is not None and not self._path.search(unquote(request.raw_path)):
            return False
        if rule.object_prefix is None:
            return True
        names = (call.object_name, call.target_name, request.query.get("prefix", ""))
        return any(name and name.startswith(rule.object_prefix) for name in names)


class Faults:
    """The rules in force, by number."""

    def __init__(self) -> None:
        self._standing: dict[int, _Standing] = {}
        self._last = 0

    def __bool__(self) -> bool:
        return bool(self._standing)

    def add(self, rule: FaultRule) -> int:
        """Puts the rule in force and gives its number. Raises Invalid."""
        if not 0.0 <= rule.probability <= 1.0:
            raise Invalid(f"A probability is between 0 and 1, not {rule.probability}.")
        if not 400 <= rule.status <= 599:
            raise Invalid(f"An injected status is between 400 and 599, not {rule.status}.")
        standing = _Standing(rule)
        self._last += 1
        self._standing[self._last] = standing
        return self._last

    def remove(self, number: int) -> None:
        """Ends one rule; one that is not in force is ended already."""
        self._standing.pop(number, None)

    def clear(self) -> None:
        self._standing.clear()

    def report(self) -> list[dict[str, object]]:
        """Each rule with how many calls matched it and how many it struck."""
        return [
            {
                "id": number,
                "rule": msgspec.to_builtins(standing.rule),
                "matched": standing.matched,
                "struck": standing.struck,
            }
            for number, standing in self._standing.items()
        ]

    def verdict(self, request: Request, call: Call) -> Verdict:
        """What all striking rules do together. Each rule counts the call once."""
        if not self._standing:
            return ALL_WELL
        struck = [each.rule for each in self._standing.values() if each.strikes(request, call)]
        effects = {rule.effect for rule in struck}
        return Verdict(
            status=next((rule.status for rule in struck if rule.effect == "status"), None),
            wait_before=sum(rule.seconds for rule in struck if rule.effect == "latency"),
            wait_after=sum(rule.seconds for rule in struck if rule.effect == "late_answer"),
            cut_before="cut_before" in effects,
            cut_after="cut_after" in effects,
            ignore_preconditions="ignore_preconditions" in effects,
        )


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as problem:
        raise Invalid(f"The path pattern {pattern!r} can not be understood: {problem}.") from None
