"""Occupations: code lists, correspondences, and the coder of job titles to ISCO-08."""
