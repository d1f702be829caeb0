"""Append-only logs: the journal and the log of meter reports."""
