"""Tables, no code: concepts, code lists, correspondences, names of units. Every row states its source.

Read by store/tables/definitions.py. To change what a code is called, change a row here; nothing else.
"""
