"""A GCS test double: the JSON and XML calls that the lake's clients send, with strict, atomic preconditions.

It is a test double: one process, no access control, no replication. Any call that it does not have is
answered 501 and named. Run it with `python -m tidelake.testkit.gcs` or `gcs-emulator`.
"""
