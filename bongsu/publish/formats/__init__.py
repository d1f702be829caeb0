"""How periods, numbers, units and tables are written for a reader, and how pages are typeset."""
