"""Rules of eligibility as data, with three values and a reason. No database, no clock.

document.py  the file of the rules; a condition is a comparison, or all, any or not of conditions
fields.py    what a comparison can ask about: questions of the form, columns of its tables, facts of the node
compare.py   the operations, and what each needs
evaluate.py  each rule met, not met or unknown, and why
solve.py     whether conditions can hold at all, or together
check.py     what the rules say against each other and against the form
words.py     rules and outcomes as sentences
"""
