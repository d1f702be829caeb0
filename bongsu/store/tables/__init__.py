"""The tables of bongsu/definitions, read into values."""
