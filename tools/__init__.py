"""Maintainers' scripts that write tables of the project from publishers' files. Not part of the package."""
