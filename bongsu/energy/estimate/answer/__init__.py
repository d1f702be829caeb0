"""Estimates of inference and training: energy, CO2e, water, and how each value was reached."""
