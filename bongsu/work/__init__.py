"""The work programme: exposure of occupations to AI, employment by exposure class, and event studies of employment.

Three packages: `occupations` (code lists, correspondences, the coder of job titles), `exposure` (published indices, and
employment by class), `impact` (the event study). Nothing here reads microdata; questions about microdata go to the desk.
"""
