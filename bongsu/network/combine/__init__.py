"""Combines the answers of several desks to one question (mode `each`): pure functions of documents, no messages and no disk.

answers.py reads a node's answer and refuses what cannot be true, cells.py adds up cells, models.py pools coefficients.
"""
