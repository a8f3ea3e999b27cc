"""Use cases of the door, one a file: read, decide, write, in that order."""
