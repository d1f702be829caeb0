"""Conflicts of interest between reviewers and applications, without a database or a clock.

people.py      profiles, applications, organisations: what is compared
addresses.py   e-mail addresses, domains, ORCIDs, DOIs and names in the form in which they are compared
kinds.py       the kinds of conflict and of relation: tables/conflicts.csv, tables/relations.csv
find.py        every conflict of every reviewer and application
rulings.py     what an officer decided, which reviews must stop, and applications that nobody may review
words.py       the evidence as sentences
"""
