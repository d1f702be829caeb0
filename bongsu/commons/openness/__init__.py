"""Assesses openness by established frameworks, with a reason for every criterion; results are never averaged."""
