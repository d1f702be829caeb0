"""Publishes releases as web pages, SDMX, catalogues and files. It does not import any programme."""
