"""Template filters and tags for the templates of all packages."""
