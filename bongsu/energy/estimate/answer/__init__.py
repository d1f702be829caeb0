"""Estimates of inference and training: energy, CO2e, water, and the steps that compute each value."""
