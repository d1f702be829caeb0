"""The people of a node: persons, organisations, tokens, roles, the audit of changes, and the mail outbox.

Every room that faces people uses this room. It has no pages: sign-in pages and the operator's desk are in bongsu/web.
A change of a guarded record is one action (actions.py): permission, change and audit line in one transaction.
"""
