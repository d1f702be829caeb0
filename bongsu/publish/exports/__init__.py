"""Downloads of a release's files, and the whole node as a static site."""
