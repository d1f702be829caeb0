"""Fits the coefficient tables to measurements and validates them."""
