"""Sealed releases on disk, their index, and their observations as tables and text."""
