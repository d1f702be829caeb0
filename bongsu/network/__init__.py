"""Peers, signed messages and the exchange of releases. Empty so far; the import contracts already name this package."""
