"""Stores corrections of values, and applies them to the observations of a build."""
