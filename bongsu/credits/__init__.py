"""Compute credits and grants. Empty so far; the import contracts already name this package."""
