"""The road of the data under test: whole processes, traffic with receipts, and a checker of its own."""
