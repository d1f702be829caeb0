"""What everybody reads of calls, and nothing of persons: CommonGrants JSON, calendars, a feed, schema.org, the self-check."""
