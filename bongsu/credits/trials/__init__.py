"""Tries a campaign's rules on payments from a file, without a database: what each payment would have got, and why not more."""
