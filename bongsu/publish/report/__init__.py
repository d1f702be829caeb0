"""Reports: all observations of one country or region in one language, as PDF or as one HTML file."""
