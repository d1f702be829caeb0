"""Who may look at applications: what people state of themselves, reviewers, and conflicts of interest as records.

| file | what it does |
| --- | --- |
| profiles.py | reads what is known of people, as values that are compared |
| teams.py | reads who takes part in applications, as values that are compared |
| stating.py | what a person states of herself |
| inviting.py | invites reviewers, who accept, decline or end |
| lookers.py | lists who could look at the applications of a call |
| officers.py | lists the officers of a call, and for which of its institutions they work |
| conflicts.py | compares them, and keeps the conflicts |
| ruling.py | declares a conflict, and rules on one |
| doors.py | says who is free to look at an application: relations of access.csv |
| messages.py | what reviewers, officers and operators are told |
| listing.py | reviewers and conflicts as rows, in words |
| stopping.py | running reviews, and what a new conflict does to them |
| personal.py | the export and the erasure of it |
| watching.py | compares again when a person changes |
"""
