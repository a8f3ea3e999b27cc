"""Whether a contract's pattern is one, and one that every check of the lake reads alike."""

from __future__ import annotations

import jsonschema_rs
from tidelake.contracts.parsing.findings import Findings
from tidelake.contracts.parsing.lines import Path
from tidelake.contracts.patterns import NotPortable, java_pattern


def check_pattern(value: object, whose: str, path: Path, findings: Findings) -> bool:
    """Whether the pattern can be used; what is wrong goes to `findings`."""
    try:
        jsonschema_rs.validator_for({"pattern": value})
        java_pattern(str(value))
    except NotPortable as problem:
        what = f"{whose} has a part that the door and Spark read differently: {problem.part!r}."
        instead = "Say it in other words: characters, [sets], groups (...), repeats and \\d \\w \\s . ^ $."
        findings.add("pattern", path, what, instead)
        return False
    except ValueError:
        findings.add("pattern", path, f"{whose} is no regular expression.", "Mend or remove it.")
        return False
    return True
