"""Entries of the catalogue: one file each, every claim with evidence or unknown."""
