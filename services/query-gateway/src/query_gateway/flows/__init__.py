"""Use cases: read, decide, act, in that order."""
