"""What moves applications: submitting, and what the clock does.

| file | what it does |
| --- | --- |
| submitting.py | submits an application |
| closing.py | closes rounds whose time has passed |
"""
