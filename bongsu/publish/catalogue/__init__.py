"""Metadata of the node's dataflows, releases and entries for catalogues, harvesters, search engines and citations."""
