"""Reads the tables of bongsu/definitions and of the programmes."""
