"""Languages that are added by a folder: read at start, made, checked and compiled."""
