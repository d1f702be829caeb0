"""The catalogue's pages: search with facets, an entry with its evidence and verdicts, a board of how open it all is."""
