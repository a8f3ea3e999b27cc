"""What the lake has, for those who ask in SQL: ops.datasets, and the tables that Trino knows by name."""
