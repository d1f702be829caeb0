"""A report: all that the node knows of one country or region, on paper or as one file, in one language."""
