"""Fits the coefficient tables to measurements and cross-validates the fit."""
