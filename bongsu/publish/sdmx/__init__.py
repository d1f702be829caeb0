"""The node's SDMX web service: SDMX 3.0 by REST 2.x, and SDMX 2.1 by REST 1.5 for older clients.

A request is parsed into a query (rest2.py, rest15.py), matched to releases (release_matching.py), turned into datasets
(datasets.py) or artefacts (structures.py), and written in the format that content_negotiation.py chose (message_plans.py).
The views call these in order and decide nothing.
"""
