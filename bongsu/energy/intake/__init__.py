"""Other people's meters: a message in somebody's format becomes one Report of points in base units, or is refused whole.

One file a format (otlp, codecarbon, boamps, prometheus, own); a new format is a copy of its nearest neighbour and a row in
formats.py. What the points add up to is metered.py's business; keeping them is the store's.
"""
