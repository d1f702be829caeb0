"""The rules of payback campaigns, without a database or a clock: a campaign's file, and what a payment gets by it."""
