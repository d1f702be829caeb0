"""Plants errors in Bongsu's code and counts how many of them the tests find: python -m tools.mutants (docs/quality.md)."""
