"""Questions as data, and what is missing or wrong in answers. No database, no clock.

document.py   the file of a form; check.py finds what its fields say against each other
answers.py    reads answers whole or refuses them, and finds what is missing or wrong
pasted.py     text as pasted from a word processor, and how characters are counted
carrying.py   answers of an earlier form: reused by the applicant, or carried to a new edition
reviewing.py  what reviewers see of answers; the digest of a version
words.py      the findings as sentences
"""
