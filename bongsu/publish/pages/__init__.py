"""HTML pages: home, programmes, dataflows, countries, the manual."""
