"""Changes of the files of a call that an officer makes with forms: pure functions from text to text.

rows.py         puts, adds, swaps and removes one row, such as [[transition]], and leaves everything else as it was written
transitions.py  the transitions of workflow.toml
questions.py    the questions of form.toml
"""
