"""Questions between nodes in mode `each`: every node’s desk answers under its own policy, and the asker combines the answers.

documents.py has what is sent; answering.py and deciding.py are the side that is asked, asking.py and following.py the side that
asks; checking.py refuses answers that cannot be true, and combined.py adds up the others (network/combine).
"""
