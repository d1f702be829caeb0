"""What moves applications: submitting, and what the clock does.

| file | what it does |
| --- | --- |
| submitting.py | submits an application |
| closing.py | closes rounds whose time has passed |
| deciding.py | casts votes |
| releasing.py | releases the decisions of a round, offers free places |
| appealing.py | judges appeals |
| passing.py | what happens because time has passed |
"""
