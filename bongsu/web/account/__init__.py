"""Sign-in and the pages on which people keep their own account. The records and rules are in bongsu/people."""
