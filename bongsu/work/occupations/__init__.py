"""Occupations: their code lists and correspondences, and the coder that turns job titles into ISCO-08."""
