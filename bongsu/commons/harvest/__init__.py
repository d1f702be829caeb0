"""Takes records from others: addresses are checked, records are judged one by one, and what is gone leaves a tombstone."""
