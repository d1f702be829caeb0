"""Tags of the pages of the ledger."""
