"""Filters for the templates of every room."""
