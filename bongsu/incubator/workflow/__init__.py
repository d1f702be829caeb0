"""States and transitions as data, and their checker. No database, no clock.

tables.py    the states, events, actors, guards and effects that a workflow can name
document.py  the file of a workflow
check.py     refuses a workflow in which an application could be stuck, or go two ways
step.py      one step of an application, and decisions that wait for their release
words.py     a workflow as sentences and as a table; why a step is refused
shipped.py   the workflows that come with Bongsu, in the folder shipped
"""
