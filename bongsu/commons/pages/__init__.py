"""The catalogue's pages: search with facets, an entry with its evidence and verdicts, and an overview of openness."""
