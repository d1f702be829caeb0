"""Proposals of people: new entries, corrections, reports of errors, claims of owners; their review; the yearly review."""
