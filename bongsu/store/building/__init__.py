"""Builds releases: runs the recipes of which a part has changed, checks what they make, and seals it."""
