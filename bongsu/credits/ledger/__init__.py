"""The rules of the ledger, without a database or a clock."""
