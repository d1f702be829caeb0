"""Readers of publishers’ files that a table of columns does not describe: one module and one function `make_table` each."""
