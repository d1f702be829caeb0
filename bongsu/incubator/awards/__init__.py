"""Awards, from the acceptance to the last report. Every change is made inside an action.

| file | what it does |
| --- | --- |
| making.py | makes an award of a decision, starts and ends it, frees its place |
| money.py | posts, settles, voids and returns the tranches in the ledger, and reads what was paid and used |
| agreement.py | writes the agreement, takes its fields and signatures |
| delivering.py | milestones and reports: opened, handed in, judged |
| reminding.py | reminders of what is due |
| use.py | measures the use of hours, and gives notice of under-use |
| cohorts.py | who is in a cohort, and who may see whom |
| reading.py | an award with all of its numbers, for pages and the command |
| personal.py | a person's awards in the export of her data, and what is left after an erasure |
"""
