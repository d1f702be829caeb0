"""Official statistics for machines: SDMX 3.0 by REST 2.x, and SDMX 2.1 by REST 1.5 for older clients.

A request is parsed into a query (paths, filters), the query is answered from releases (slices, catalogue), and the answer
is written in the format that was negotiated (formats, csv, json, xml). Views hold these together and decide nothing.
"""
