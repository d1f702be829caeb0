"""Harvests records from other catalogues: checks addresses, reads records one by one, keeps a tombstone for deleted entries."""
