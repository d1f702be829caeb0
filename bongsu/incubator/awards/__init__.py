"""Awards, from the acceptance to the last report. Every change is made inside an action.

| file | what it does |
| --- | --- |
| making.py | makes an award of a decision, starts and ends it, frees its place; grants less than is asked for |
| money.py | posts, settles, voids and returns the tranches in the ledger, and reads what was paid and used |
| agreement.py | writes the agreement, takes its fields and signatures |
| delivering.py | milestones and reports: opened, handed in, judged |
| use.py | measures the use of hours, takes answers to notices of under-use, and what is decided |
| reminding.py | what the clock does: reminders, and notices of under-use |
| messages.py | mails to the team and to officers |
| cohorts.py | who is in a cohort, and who may see whom |
| consenting.py | the owner's consent to publish |
| reading.py, describing.py | an award with all of its numbers, for pages, and for the command |
"""
