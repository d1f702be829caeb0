"""Charts and maps as Vega-Lite specifications, rendered to SVG, PNG and HTML. Knows formats, not pages."""
