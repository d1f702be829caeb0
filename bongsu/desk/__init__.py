"""Answers questions about holdings with aggregates that protect every contributor.

Steps: question, engine, disclosure control, differencing guard, answer. The journal records the question and its outcome.
No other package reads microdata, and no function here returns a row of it.
"""
