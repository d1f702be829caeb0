"""A country's electricity, as the meter and the estimate use it: grid intensity and water of generation, each with its source.

It is read by training jobs, so it imports only the standard library and the core. Two sources stand side by side and are
never averaged: the mixes of EcoLogits, which state no year (grid.csv), and a series by year (grid_years.csv).
"""
