"""Entries of the catalogue: one file each, in which every claim either cites evidence or is unknown."""
