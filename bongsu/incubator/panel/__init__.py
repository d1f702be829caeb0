"""Assignments, reviews, the panel's decisions and letters, as records.

| file | what it does |
| --- | --- |
| assigning.py | runs an assignment, adopts it, records who declines |
| reviewing.py | what a reviewer sees of an application; saves and submits reviews; comments |
| scoring.py | computes scores, and the ranking of a round with the line of each budget |
| votes.py | votes, the quorum, and what they decide |
| letters.py | letters to applicants |
| waiting.py | the waiting list |
| appeals.py | appeals |
"""
