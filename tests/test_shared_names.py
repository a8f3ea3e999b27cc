"""What one part writes and another reads, where neither may import the other."""

from silver_processor.outbound import silver_tables
from tidelake.ledger import silver_reader


def test_the_audit_knows_silvers_decisions_by_the_names_that_silver_gives_them() -> None:
    assert (silver_reader.DECISION, silver_reader.PROMISE) == (silver_tables.TOKEN, silver_tables.PROMISE)
