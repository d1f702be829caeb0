"""Formats periods, numbers, units and tables for readers, and typesets PDF and PNG files."""
