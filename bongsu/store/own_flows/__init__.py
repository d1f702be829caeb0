"""Dataflows of the institution itself: a folder in the node's `flows/` with a flow.toml and a data file, and no code."""
