"""Applications as records: who writes them, their drafts and files, and the versions that arrived.

| file | what it does |
| --- | --- |
| finding.py | finds applications and says who they belong to |
| drafting.py | begins an application, saves what is written, carries it to a new edition, reuses earlier answers |
| team.py | invites, accepts and removes members |
| files.py | keeps files, rewritten without what names their authors |
| reading.py, pdf_text.py | whom files name |
| versions.py | makes versions and their receipts |
| judging.py | what a draft lacks, and what the rules say of it |
| personal.py | a person's applications in her export, and what is left when she is erased |
| asking.py | the budget line and the amount that are asked for |
| screening.py | runs the checks of eligibility, rules on them, overrules them |
"""
