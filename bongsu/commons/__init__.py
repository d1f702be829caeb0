"""Programme 3: a catalogue of models, datasets, code and tools for public-interest AI, with openness shown from cited evidence.

An unknown value never counts as a yes or a no. Verdicts of different frameworks are shown next to each other, never averaged.
"""
