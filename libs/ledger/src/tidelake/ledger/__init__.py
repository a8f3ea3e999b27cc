"""The ledger: what the door took, what Kafka holds, what bronze holds, and whether they agree."""
