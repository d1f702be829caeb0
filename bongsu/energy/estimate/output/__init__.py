"""Where estimates leave: options, pages, batch files, releases."""
