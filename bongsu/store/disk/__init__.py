"""Atomic writes, file locks and the clock."""
