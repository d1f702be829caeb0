"""The commons programme: what public-interest AI can build on, with openness that is proven from cited evidence.

An unknown is never a no and never a yes. Verdicts of different frameworks stand side by side and are never averaged.
"""
