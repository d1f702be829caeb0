"""Outcomes of awards: written by the team, released by its owner and by an officer, and then an entry of the catalogue.

| file | what it does |
| --- | --- |
| writing.py | writes an outcome as an entry, and releases it as its owner |
| publishing.py | releases it as an officer: the catalogue gets the entry; withdraws it |

Nothing else of an application goes into the catalogue: the entry has what the team wrote in it, and where it comes from.
"""
