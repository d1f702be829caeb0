"""Compute credits and grants. An empty room: its floor is in the import contracts."""
