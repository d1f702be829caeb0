"""Organisations and the tokens that authenticate their machines."""
