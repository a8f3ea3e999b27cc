"""Preconditions: what must hold of an object, at the moment of the change, for the change to be made."""

from collections.abc import Mapping
from dataclasses import dataclass

from tidelake.testkit.gcs.errors import ConditionNotMet, Invalid, NotBuilt
from tidelake.testkit.gcs.exchange import Request
from tidelake.testkit.gcs.objects import StoredObject

# Conditions that no client of the lake sends. To leave one out silently would be to ignore a precondition.
_UNKNOWN_PARAMETERS = frozenset(
    {
        "ifGenerationNotMatch",
        "ifMetagenerationMatch",
        "ifMetagenerationNotMatch",
        "ifSourceGenerationNotMatch",
        "ifSourceMetagenerationMatch",
        "ifSourceMetagenerationNotMatch",
        "softDeleted",
        "versions",
    }
)
_UNKNOWN_HEADERS = frozenset(
    {
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-unmodified-since",
        "x-goog-if-metageneration-match",
        "x-goog-copy-source-if-generation-match",
        "x-goog-copy-source-if-match",
        "x-goog-copy-source-if-none-match",
    }
)


@dataclass(frozen=True, slots=True)
class Condition:
    """What the object's generation must be: None for anything, 0 for 'there is no such object'."""

    generation: int | None = None

    def check(self, current: StoredObject | None) -> None:
        """Raises ConditionNotMet unless the object is as demanded."""
        if self.generation is None:
            return
        if (0 if current is None else current.generation) != self.generation:
            raise ConditionNotMet


ANYTHING = Condition()


def target_condition(request: Request) -> Condition:
    """The condition on the object that the call reads, writes or deletes."""
    header = request.headers.get("x-goog-if-generation-match")
    return _condition(request, request.query.get("ifGenerationMatch", header))


def source_condition(request: Request) -> Condition:
    """The condition on the object that the call copies or moves."""
    return _condition(request, request.query.get("ifSourceGenerationMatch"))


def wanted_generation(parameters: Mapping[str, str], name: str = "generation") -> int | None:
    """The generation that a call asks for by number, if it does."""
    text = parameters.get(name)
    return None if text is None else parse_generation(text)


def parse_generation(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Invalid(f"A generation is a whole number, not {text!r}.") from None


def refuse_unknown_conditions(request: Request) -> None:
    """Raises NotBuilt for a condition that would otherwise be ignored."""
    unknown = [name for name in request.query if name in _UNKNOWN_PARAMETERS]
    unknown += [name for name in request.headers if name in _UNKNOWN_HEADERS]
    if unknown:
        raise NotBuilt(f"{request.method} {request.raw_path} with {', '.join(unknown)}")


def _condition(request: Request, generation: str | None) -> Condition:
    if generation is None or request.ignore_preconditions:
        return ANYTHING
    return Condition(parse_generation(generation))
