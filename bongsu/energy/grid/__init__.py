"""A country's electricity, as the meter and the estimate use it: grid intensity and water of generation, each with its source.

It is read by training jobs, so it imports only the standard library and the core.
"""
