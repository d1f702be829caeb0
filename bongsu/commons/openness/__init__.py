"""Openness by the frameworks that people use, each with the reason for every cell, side by side and never averaged."""
