"""Calls, applications, reviews and cohorts: the only package with confidential records of people. Empty so far; the import
contracts already name it."""
