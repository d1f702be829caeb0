"""The outputs of the estimate: options, pages, batch files, releases."""
