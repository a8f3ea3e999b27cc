"""Change data for tests: a table, a seeded random workload on it, and what Debezium makes of it."""
