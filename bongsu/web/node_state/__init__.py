"""The state of the node as values: problems, checks of its files, disk use, settings. The command and the desk show them."""
