"""Storage of a node: snapshots, releases, microdata, logs and the query engine. Only this package accesses its files."""
