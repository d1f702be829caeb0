"""Sources that are harvested and their runs, as records: who added a source, what each run found, what waits for a person."""
