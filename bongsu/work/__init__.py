"""The observatory of AI and work: which occupations AI reaches, how many people work in them, and what became of them.

Three floors: `occupations` (code lists, correspondences, the coder of titles), `exposure` (published indices, side by
side, and employment by class), `impact` (an event study). Microdata is not read here: the desk is its only door.
"""
