"""Own dataflows of an institution: each is a folder in the node's `flows/` with a flow.toml and a data file, without code."""
