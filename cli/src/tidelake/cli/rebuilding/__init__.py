"""`lake rebuild`: the process that does it, and what it tells."""
