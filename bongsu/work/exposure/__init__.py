"""Exposure of occupations to AI by published indices, and employment by exposure."""
