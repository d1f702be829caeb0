"""The gate: peers, signed messages, exchange of releases. An empty room: its floor is in the import contracts."""
