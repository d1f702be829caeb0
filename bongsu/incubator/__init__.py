"""Calls, applications, reviews, cohorts: the only room with people's confidential records. An empty room: its floor is in
the import contracts."""
