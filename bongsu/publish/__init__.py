"""The shop window: shows releases to people and machines. It knows releases, never a programme."""
