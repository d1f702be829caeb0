"""Reads reports of other energy meters: converts a message to one IntakeReport of points in base units, or rejects it whole.

One file per format (otlp, codecarbon, boamps, prometheus, bongsu_meter). To add a format, copy the most similar file and add
a row to message_formats.py. Left out: sums (energy_sums.py) and storage (bongsu.store).
"""
