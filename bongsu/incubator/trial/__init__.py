"""Tries a call before it opens: a made-up cast applies, reviews and decides by the functions that pages and `tend` call.

| file | what it does |
| --- | --- |
| answers.py | draws made-up answers to a form, by its own limits and rules |
| people.py | makes the people who take part |
| applying.py | has the applicants apply |
| deciding.py | has officers, reviewers and the panel do what a state waits for |
| awarding.py | signs agreements, delivers milestones, on a ledger with the budget |
| course.py | lets time pass until nothing moves any more, and undoes everything |
| report.py | what an officer wants to know of the trial, from the records that it left |
| words.py | the report as tables |
| apart.py | runs a trial in a process of its own |

The clock is the trial's own, so a call of next year takes seconds. Everything happens in one transaction that is undone.
"""
