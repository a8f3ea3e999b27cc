"""One use case a file: read, decide, write, in that order."""
