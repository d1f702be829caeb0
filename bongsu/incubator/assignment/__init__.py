"""Who reviews what, without a database or a clock.

affinity.py    how close the texts of applications and reviewers are
problem.py     what is asked: applications, reviewers, scores, pairs that are fixed, barred or declined, and the objective
programme.py   the problem as a linear programme
solver.py      HiGHS
assign.py      the answer, as the record of a run
rounding.py    a draw from fractional pairs, loads kept
loosening.py   what to loosen if there is no answer
words.py       reasons as sentences
"""
