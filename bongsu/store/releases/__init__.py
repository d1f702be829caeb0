"""Stores sealed releases and their index, and reads their observations as tables and as text."""
