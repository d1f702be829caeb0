"""Calls, applications, reviews and cohorts: the only room with confidential records of people.

calls/        a call as a file: rounds, deadlines, texts, budget lines, editions; pure
forms/        questions as data, and what is missing or wrong in answers; pure
eligibility/  rules as data, with three values and a reason; pure
workflow/     states and transitions as data, and their checker; pure
conflicts/    conflicts of interest between reviewers and applications; pure
assignment/   affinity, and who reviews what, as a linear programme; pure
editing/      changes of the files by forms, from text to text; pure
reviews/      scores, ranking, the line of a budget; pure

Nothing of this room reaches publish, network, search, logs, errors or feeds but what its owner and an officer release.
"""
