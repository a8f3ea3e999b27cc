"""The ledger's balance, printed."""
