"""Duties in time: what `bongsu tend` does every 30 seconds, every day. table.py lists them, tending.py runs them."""
