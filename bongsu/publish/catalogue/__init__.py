"""What the node has, described for catalogues, harvesters, search engines and people who cite: one item, many formats."""
