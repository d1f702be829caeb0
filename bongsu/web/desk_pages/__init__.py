"""The operator's desk: people, organisations, roles, audit and outbox. The records and rules are in bongsu/people."""
